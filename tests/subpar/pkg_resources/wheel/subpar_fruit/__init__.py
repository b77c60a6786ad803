"""A package of a wheel."""


def pear() -> str:
    return "pear"
