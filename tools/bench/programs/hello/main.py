"""Prints one line, and imports nothing."""

print("Hello, world")
