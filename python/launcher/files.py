"""Python's file functions, below the path of the par.

To the kernel the par is a regular file, so every path below it fails (ENOTDIR; ENOENT once the file is gone). Each
function first does what it always did, and only looks into the par after that failure: nothing else is slower.
"""

import builtins
import io
import os
import stat

from _rules_par import memory

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ENOENT, _ENOTDIR, _EISDIR, _EROFS = 2, 20, 21, 30


class _Wrapped:
    """A function of os or io that also knows the par. Not a Python function: the built-in it stands for does not turn into
    a method when it is an attribute of a class, and code relies on it."""

    def __init__(self, original, inside):
        self._original = original
        self._inside = inside
        self.__wrapped__ = original
        self.__name__ = self.__qualname__ = original.__name__
        self.__module__ = original.__module__
        self.__doc__ = original.__doc__

    def __call__(self, path=".", *args, **kwargs):
        try:
            return self._original(path, *args, **kwargs)
        except (NotADirectoryError, FileNotFoundError) as error:
            failure = error
        try:
            return self._inside(failure, path, *args, **kwargs)
        finally:
            failure = None  # no cycle through the frame

    def __repr__(self):
        return repr(self._original)

    def __reduce__(self):
        return self.__name__ if self.__module__ == "builtins" else (getattr, (os, self.__name__))


class _WrappedAccess(_Wrapped):
    """os.access, which says False instead of raising."""

    def __call__(self, path, *args, **kwargs):
        return self._original(path, *args, **kwargs) or self._inside(PermissionError(), path, *args, **kwargs)


class Files:
    """The functions for one par. `install` puts them into os, io and builtins."""

    def __init__(self, archive):
        self._archive = archive

    def install(self) -> None:
        for name in ("open", "stat", "lstat", "access", "listdir", "scandir"):
            original = getattr(os, name)
            wrapped = (_WrappedAccess if name == "access" else _Wrapped)(original, getattr(self, name))
            for functions in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
                if original in functions:
                    functions.add(wrapped)
            setattr(os, name, wrapped)
        builtins.open = io.open = _Wrapped(io.open, self.io_open)
        io.open_code = _Wrapped(io.open_code, self.open_code)

    def _find(self, failure: OSError, path, dir_fd=None) -> "tuple[str, tuple | None]":
        """(path inside the par, its file entry or None for a directory); raises the failure when it is not there."""
        if dir_fd is not None or isinstance(path, int):
            raise failure
        relative = self._archive.relative(os.fspath(path))
        if relative is None:
            raise failure
        member = self._archive.member(relative) if relative else None
        if member is None and self._archive.directory(relative) is None:
            raise FileNotFoundError(_ENOENT, os.strerror(_ENOENT), path) from None
        return relative, member

    # What each function does with a path that failed outside: `failure` is how.

    def open(self, failure, path, flags, mode=0o777, *, dir_fd=None):
        if flags & _WRITING:
            self._find(failure, os.path.dirname(os.fspath(path)), dir_fd)
            raise OSError(_EROFS, os.strerror(_EROFS), path) from None
        relative, member = self._find(failure, path, dir_fd)
        if member is None:
            raise IsADirectoryError(_EISDIR, os.strerror(_EISDIR), path) from None
        if flags & os.O_DIRECTORY:
            raise NotADirectoryError(_ENOTDIR, os.strerror(_ENOTDIR), path) from None
        return memory.from_archive(self._archive, relative.rpartition("/")[2], member[0], member[1])

    def io_open(self, failure, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if opener is not None:
            raise failure
        self._find(failure, os.path.dirname(os.fspath(file)))
        return self._io_open(file, mode, buffering, encoding, errors, newline, closefd, lambda path, flags: self.open(failure, path, flags))

    _io_open = staticmethod(io.open)

    def open_code(self, failure, path):
        return self.io_open(failure, path, "rb")

    def stat(self, failure, path, *, dir_fd=None, follow_symlinks=True):
        return self._status(*self._find(failure, path, dir_fd))

    lstat = stat

    def access(self, failure, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True):
        try:
            member = self._find(failure, path, dir_fd)[1]
        except OSError:
            return False
        return not mode & (os.W_OK if member is None or member[2] else os.W_OK | os.X_OK)

    def listdir(self, failure, path="."):
        relative, member = self._find(failure, path)
        if member is not None:
            raise NotADirectoryError(_ENOTDIR, os.strerror(_ENOTDIR), path) from None
        files, directories, _ = self._archive.directory(relative)
        names = [*directories, *files]
        return [os.fsencode(name) for name in names] if isinstance(os.fspath(path), bytes) else names

    def scandir(self, failure, path="."):
        return _Entries(self, path, self.listdir(failure, path))

    def _status(self, relative: str, member) -> os.stat_result:
        par = self._archive.status
        if member is None:
            mode, size = stat.S_IFDIR | 0o555, 0
            # The number only has to differ from others: where the directory's record lies.
            head, _, tail = relative.rpartition("/")
            inode = self._archive.directory(head)[1][tail][0] if relative else self._archive.root["tree"][0]
        else:
            inode, size, executable = member
            mode = stat.S_IFREG | (0o555 if executable else 0o444)
        seconds = int(par.st_mtime)
        return os.stat_result(
            (mode, inode, 0, 1, par.st_uid, par.st_gid, size, seconds, seconds, seconds),
            {f"st_{which}{unit}": getattr(par, f"st_mtime{unit}") for which in ("atime", "mtime", "ctime") for unit in ("", "_ns")}
            | {"st_blksize": par.st_blksize, "st_blocks": -(-size // 512), "st_rdev": 0},
        )


class _Entries:
    """What os.scandir returns for a directory of the par."""

    def __init__(self, files: Files, path, names: list):
        self._entries = (_Entry(files, path, name) for name in names)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self._entries.close()


class _Entry(os.PathLike):
    """One os.DirEntry of it."""

    def __init__(self, files: Files, directory, name):
        self.name = name
        self.path = os.path.join(os.fspath(directory), name)
        self._files = files

    def stat(self, *, follow_symlinks=True):
        return self._files.stat(FileNotFoundError(), self.path)

    def inode(self) -> int:
        return self.stat().st_ino

    def is_dir(self, *, follow_symlinks=True) -> bool:
        return stat.S_ISDIR(self.stat().st_mode)

    def is_file(self, *, follow_symlinks=True) -> bool:
        return not self.is_dir()

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def __fspath__(self):
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"
