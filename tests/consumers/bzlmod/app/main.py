"""Greets in HTML: Python, a C library, a wheel with an extension module, and a data file in one par."""

import sys

from app.greeting import greet

if __name__ == "__main__":
    print(greet(*sys.argv[1:]), end="")
