"""The par as the launcher sees it: a file of members and of index records (ARCHITECTURE.md, section 3).

Nothing is parsed that is not asked for, and everything is read with pread at known offsets, so the time to start does
not depend on how much is in the par. Works on `posix`, not `os`: the functions of `os` are the ones we wrap, and a Python
that starts from the par has not imported `os`, which costs more than all of this.
"""

import marshal
import posix

from _rules_par.errors import DAMAGED, UNREADABLE, Refusal

MAGIC = b"RULESPAR"
FORMAT = 1
_HEADER_SIZE = 40  # <8sIIQQQ: magic, format, flags, size of the par, offset and size of the root record
_HEADER_SEARCH = 32768  # the header follows the `#!` line, or is in the stub, which is that small
_CHECK = (1 << 61) - 1
_EMPTY = ({},)


def _absolute(path: str) -> str:
    """As os.path.abspath."""
    if path[:1] != "/":
        path = f"{posix.getcwd().rstrip('/')}/{path}"
    try:
        from posix import _path_normpath as normpath  # what posixpath itself takes, since 3.11
    except ImportError:
        from posixpath import normpath
    return normpath(path)


def _resolved(path: str, descriptor: int) -> str:
    """As os.path.realpath, of a path that is open as the descriptor."""
    try:
        resolved = posix.readlink(f"/proc/self/fd/{descriptor}")
        found, opened = posix.stat(resolved), posix.fstat(descriptor)
        if (found.st_ino, found.st_dev) == (opened.st_ino, opened.st_dev):
            return resolved
    except OSError:  # no /proc; or the par is gone, and the path has a remark about that
        pass
    from posixpath import realpath

    return realpath(path)


class Archive:
    """An open par.

    Attributes:
        path: absolute path of the par, as it was started; `__file__` of every module begins with it.
        prefixes: the same, and resolved: it may come to us so (Path.resolve, realpath).
        root: the root record.
        embedded: whether the Python that runs is the par's own.
    Raises Refusal when the file cannot be read or is not a whole par.
    """

    def __init__(self, path: str, descriptor: "int | None" = None):
        """`descriptor`: of the par, when it is open already; the path then need not lead to it any more."""
        self.path = _absolute(path)
        self.embedded = descriptor is not None
        try:
            self._descriptor = posix.open(self.path, posix.O_RDONLY | posix.O_CLOEXEC) if descriptor is None else descriptor
        except OSError as error:
            raise Refusal(UNREADABLE, f"cannot be read ({error.strerror}): make it readable (chmod a+r)") from None
        self.status = posix.fstat(self._descriptor)
        self.prefixes = tuple({self.path: None, _resolved(self.path, self._descriptor): None})
        self._directories = {}
        try:
            self.root = self.record(self._find_root())
            self._directories[""] = self.record(self.root["tree"])
        except (ValueError, EOFError, TypeError, KeyError, OSError, OverflowError, MemoryError):
            raise Refusal(DAMAGED, "is damaged: its index cannot be read: copy or build it again") from None

    def _find_root(self) -> tuple:
        start = posix.pread(self._descriptor, _HEADER_SEARCH, 0)
        at = start.find(MAGIC)
        header = start[at : at + _HEADER_SIZE]
        number = int.from_bytes
        if at < 0 or len(header) < _HEADER_SIZE or number(header[8:12], "little") != FORMAT:
            raise Refusal(DAMAGED, "is damaged: it has no par header: copy or build it again")
        size = number(header[16:24], "little")
        if size != self.status.st_size:
            raise Refusal(DAMAGED, f"is damaged: it has {self.status.st_size} bytes, was built with {size}: copy it again")
        return number(header[24:32], "little"), number(header[32:40], "little")

    def descriptor(self) -> int:
        """A descriptor of the par. Programs that close what they did not open (daemons) may have closed ours, and the
        number may mean another file by now."""
        if self.is_at(self._descriptor):
            return self._descriptor
        descriptor = posix.open("/proc/self/exe" if self.embedded else self.path, posix.O_RDONLY | posix.O_CLOEXEC)
        if not self.is_at(descriptor):
            posix.close(descriptor)
            raise OSError(116, "the par was replaced or changed while it ran: start it again", self.path)  # ESTALE
        self._descriptor = descriptor
        return descriptor

    def is_at(self, place: "int | str") -> bool:
        """Whether a descriptor or a path leads to this par, still."""
        try:
            now, then = posix.stat(place), self.status
        except OSError:
            return False
        return now.st_ino == then.st_ino and now.st_dev == then.st_dev and now.st_size == then.st_size

    def read_at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` of the file. Raises OSError."""
        descriptor = self.descriptor()
        data = posix.pread(descriptor, size, offset)
        if len(data) == size:
            return data
        parts = [data]  # a single read ends at 2 GiB, or earlier on a network file system
        got = len(data)
        while got < size:
            data = posix.pread(descriptor, size - got, offset + got)
            if not data:
                raise OSError(5, "the par is shorter than it was when it was started", self.path)
            parts.append(data)
            got += len(data)
        return b"".join(parts)

    def record(self, position: tuple):
        """The index record at (offset, size). Raises ValueError when it is damaged: marshal must not see that, it may crash
        or take all memory."""
        data = self.read_at(*position)
        if int.from_bytes(data[:-8], "little") % _CHECK != int.from_bytes(data[-8:], "little"):
            raise ValueError(f"{self.path} is damaged: copy or build it again")
        return marshal.loads(data)

    def relative(self, path) -> "str | None":
        """The path inside the par, "" for the par itself; None when `path` (str or bytes) is not below the par."""
        if isinstance(path, bytes):
            path = path.decode("utf-8", "surrogateescape")
        for prefix in self.prefixes:
            if path.startswith(prefix):
                break
        else:
            # Another spelling of the same place: relative, or with "." and ".." on the way.
            if path.startswith("/") and "/." not in path and "//" not in path:
                return None
            try:
                path = _absolute(path)
            except OSError:
                return None
            for prefix in self.prefixes:
                if path.startswith(prefix):
                    break
            else:
                return None
        rest = path[len(prefix) :]
        if not rest:
            return ""
        if rest[0] != "/":
            return None  # app.par.bak
        if "/." in rest or "//" in rest or rest[-1] == "/":
            path = _absolute(path)
            if not (path + "/").startswith(prefix + "/"):
                return None  # app.par/../elsewhere
            rest = path[len(prefix) :]
        return rest[1:]

    def directory(self, path: str) -> "tuple | None":
        """The directory record (files, directories, modules, table) of a path inside the par, None when there is none."""
        record = self._directories.get(path)
        if record is None:
            head, _, tail = path.rpartition("/")
            parent = self.directory(head)
            position = parent and parent[1].get(tail)
            if position:
                record = self._directories[path] = self.record(position)
        return record

    def member(self, path: str) -> "tuple | None":
        """(offset, size, executable) of the member at a path inside the par, None when there is none."""
        head, _, tail = path.rpartition("/")
        return (self.directory(head) or _EMPTY)[0].get(tail)

    def member_above(self, path: str) -> "str | None":
        """The member that a path leads to or through, None when there is none."""
        while path and self.member(path) is None:
            path = path.rpartition("/")[0]
        return path or None
