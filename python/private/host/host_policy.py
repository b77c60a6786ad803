"""The libraries that a par leaves to the host: those that manylinux lets a wheel leave to it."""

import re

# glibc's parts, its dynamic linker and GCC's run-time libraries: a newer one serves what was built for an older one.
_OF_C = re.compile(
    r"ld-linux[\w.-]*\.so\.\d+|ld64\.so\.\d+"
    r"|lib[cm]\.so\.6|lib(?:dl|resolv)\.so\.2|lib(?:pthread|thread_db)\.so\.[01]"
    r"|lib(?:rt|util|anl|mvec|BrokenLocale|nsl|gcc_s)\.so\.1|libc_malloc_debug\.so\.0|libnss_\w+\.so\.2"
)
_OF_CXX = "libstdc++.so.6"

# CPython itself brings these two, so manylinux lets a wheel leave them to the host as well (PEP 600, auditwheel's policy). The
# policy's X11, GL and glib are not here: a server has none of them, and a par that needs them should say so.
OF_THE_INTERPRETER = frozenset(["libexpat.so.1", "libz.so.1"])


def is_left_to_host(soname: str) -> bool:
    """Whether a library of this name is every Linux distribution's own business."""
    return is_of_c(soname) or soname == _OF_CXX


def is_of_c(soname: str) -> bool:
    """Whether it is a part of the C language, whose functions other libraries do not replace."""
    return _OF_C.fullmatch(soname) is not None
