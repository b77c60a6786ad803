"""Which instructions of its machine an ELF file needs, as auditwheel reads it."""

import pathlib

from auditwheel.lddtree import ldd

_NOWHERE = {"conf": [], "env": [], "interp": []}  # nothing of this machine is to be looked up


def beyond_baseline(file: pathlib.Path) -> str:
    """For example "x86_64_v3"; "" when the oldest machine of the kind will do."""
    try:
        extended = ldd(file, ldpaths={**_NOWHERE}).platform.extended_architecture
    except ValueError:  # a machine that auditwheel does not know
        return ""
    return extended.value if extended else ""
