"""Prints one line, and imports nothing that Python does not have in it."""

import sys

print("Hello, world", flush=True)
sys.stdin.read()
