"""`sys.executable` of the program: it starts the par again, as a Python interpreter (interpreter.py).

It is the path of the par with one `/` written `/.//`. No user writes that, it survives in argv[0] where an environment
variable would leak into other programs, and to the kernel it is the same path.
"""

import posix
import sys

_MARK = "/.//"


def executable(archive) -> "str | None":
    """What to set sys.executable to: None when the par cannot be started by path, or its `#!` line would start another
    interpreter than this one."""
    try:
        found = posix.stat(archive.path)
    except OSError:
        return None
    same = found.st_ino == archive.status.st_ino and found.st_dev == archive.status.st_dev
    if not same or not posix.access(archive.path, posix.X_OK) or not (archive.embedded or _starts_this(archive)):
        return None
    return marked(archive)


def marked(archive) -> str:
    """The path by which the par starts as an interpreter."""
    directory, _, name = archive.path.rpartition("/")
    return f"{directory}{_MARK}{name}"


def _starts_this(archive) -> bool:
    words = archive.read_at(0, 256).partition(b"\n")[0][2:].split()
    program = words[-1] if words and words[0].endswith(b"/env") else words[0]
    candidates = [program]
    if b"/" not in program:
        candidates = [each + b"/" + program for each in posix.environ.get(b"PATH", b"/bin:/usr/bin").split(b":")]
    for candidate in candidates:
        if posix.access(candidate, posix.X_OK):
            try:
                found, running = posix.stat(candidate), posix.stat(sys.executable)
            except OSError:
                return False
            return (found.st_ino, found.st_dev) == (running.st_ino, running.st_dev)
    return False


def is_wanted(started_as: str) -> bool:
    """Whether the par was started through what `executable` gave. `started_as`: not made absolute: `.//app.par` is no mark."""
    return started_as[:1] == "/" and _MARK in started_as
