"""Imports left, which imports this."""

import tests.subpar.basic.left

NAME = "right"


def other() -> str:
    return tests.subpar.basic.left.NAME
