"""A module of the par that script.py needs."""

KNOWN = True
