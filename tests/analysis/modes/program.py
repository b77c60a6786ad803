"""A program that nobody runs."""
