"""The programs of the host that the checks rest on."""

import shutil

_PACKAGES = {"pmap": "procps", "strace": "strace"}


class ProgramMissing(AssertionError):
    """A program that the check needs is not installed. A test that cannot look must fail, not pass."""


def find_program(name: str) -> str:
    """The path of the program. Raises ProgramMissing, which names the package to install."""
    path = shutil.which(name)
    if path is None:
        package = _PACKAGES[name]
        raise ProgramMissing(f"{name} is not on PATH: install the package {package} (apt-get install {package})")
    return path
