"""What the caller says by environment variables, for this start only: they are removed as they are read."""

import posix
import sys


def take(names: tuple) -> tuple:
    """The values (bytes, None for one that is not set) of the variables, which are then in no environment that a child could get."""
    values = tuple(posix.environ.pop(name, None) for name in names)
    for name, value in zip(names, values):
        if value is not None:
            posix.unsetenv(name)
            if "os" in sys.modules:  # which has made its own copy
                sys.modules["os"].environb.pop(name, None)
    return values
