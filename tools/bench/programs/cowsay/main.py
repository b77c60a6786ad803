"""A cow says hello."""

import sys

import cowsay

cowsay.cow("Hello, world")
sys.stdout.flush()
sys.stdin.read()
