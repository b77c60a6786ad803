"""Imports right, which imports this."""

import tests.subpar.basic.right

NAME = "left"


def other() -> str:
    return tests.subpar.basic.right.NAME
