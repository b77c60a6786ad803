"""Files that exist in memory only: memfd_create(2), filled from the par and sealed."""

import posix
from _imp import is_builtin

_CLOEXEC = 1  # MFD_CLOEXEC
_ALLOW_SEALING = 2  # MFD_ALLOW_SEALING
_NOEXEC_SEAL = 8  # MFD_NOEXEC_SEAL, Linux 6.3: not to be executed; vm.memfd_noexec=2 demands it
_EXEC = 16  # MFD_EXEC, Linux 6.3: to be executed; vm.memfd_noexec=1 wants it said
LONGEST_NAME = 249  # memfd_create(2)
_EINVAL = 22
_LOWEST_DESCRIPTOR = 300
_F_DUPFD_CLOEXEC = 1030

stub = None
if is_builtin("_rules_par_stub"):  # python/stub/module.c
    import _rules_par_stub as stub


def _memfd_create(name: str, flags: int) -> int:
    try:
        create = posix.memfd_create
    except AttributeError:
        # An interpreter built against a glibc older than 2.27 lacks the function; the running glibc may have it.
        import ctypes
        import os

        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "memfd_create"):
            raise OSError(38, "Function not implemented") from None
        descriptor = libc.memfd_create(name.encode(), flags)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno())) from None
        return descriptor
    return create(name, flags)


def library(archive, name: str, offset: int, size: int, sealed: bool) -> int:
    """A memfd for a library: 300 or higher if the limits allow it. gdb opens the path of a loaded object in its own process;
    there, low numbers are its pipes, which it would wait for. Raises OSError."""
    import fcntl

    low = create(name)
    try:
        fill(low, archive.descriptor(), offset, size)
        if sealed:
            seal(low)
        try:
            descriptor = fcntl.fcntl(low, _F_DUPFD_CLOEXEC, _LOWEST_DESCRIPTOR)
        except OSError:  # RLIMIT_NOFILE is that low
            return low
    except BaseException:
        posix.close(low)
        raise
    posix.close(low)
    return descriptor


def create(name: str, purpose: int = _NOEXEC_SEAL) -> int:
    """A new empty memfd, close-on-exec; `name` is what pmap shows. Raises OSError."""
    name = name[-LONGEST_NAME:]  # of a path the end says more
    try:
        return _memfd_create(name, _CLOEXEC | _ALLOW_SEALING | purpose)
    except OSError as error:
        if error.errno != _EINVAL:
            raise
        return _memfd_create(name, _CLOEXEC | _ALLOW_SEALING)


def fill(memfd: int, source: int, offset: int, size: int) -> None:
    """Copies `size` bytes at `offset` of the file `source` to the memfd, inside the kernel."""
    end = offset + size
    while offset < end:
        sent = posix.sendfile(memfd, source, offset, end - offset)
        if not sent:
            raise OSError(5, "the par is shorter than it was when it was started")
        offset += sent


def seal(memfd: int) -> None:
    """Nobody can change the content any more, not even through /proc/PID/fd."""
    import fcntl

    # fcntl.F_ADD_SEALS and its bits exist in the module where the build had them; they are the same on all machines.
    fcntl.fcntl(memfd, 1033, 1 | 2 | 4 | 8)  # F_ADD_SEALS: F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE


def from_archive(archive, name: str, offset: int, size: int, purpose: int = _NOEXEC_SEAL) -> int:
    """A descriptor, read-only and at the start, of a sealed memfd with the content of a member. Raises OSError."""
    memfd = create(name, purpose)
    try:
        fill(memfd, archive.descriptor(), offset, size)
        seal(memfd)
        # Before Linux 6.7 a descriptor that could write does not let a sealed file be mapped as shared (mmap's default).
        return posix.open(f"/proc/self/fd/{memfd}", posix.O_RDONLY | posix.O_CLOEXEC)
    finally:
        posix.close(memfd)


def program(archive, name: str, offset: int, size: int) -> int:
    """The same, to be executed."""
    return from_archive(archive, name, offset, size, _EXEC)
