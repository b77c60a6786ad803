"""Python's file functions, below the path of the par.

To the kernel the par is a regular file, so every path below it fails (ENOTDIR; ENOENT once the file is gone). Each
function first does what it always did, and only looks into the par after that failure: nothing else is slower.

`os` and `io` are changed when the program imports them. It may open a file without.
"""

import _frozen_importlib_external
import _io
import builtins
import posix

_WRITING = posix.O_WRONLY | posix.O_RDWR | posix.O_CREAT | posix.O_TRUNC | posix.O_APPEND
_S_IFDIR, _S_IFREG = 0o040000, 0o100000  # importing stat takes longer than to answer
_ENOENT, _ENOTDIR, _EISDIR, _EINVAL, _EROFS, _ENODATA = 2, 20, 21, 22, 30, 61


class _Wrapped:
    """A function of os or io that also knows the par. Not a Python function: the built-in it stands for does not turn into
    a method when it is an attribute of a class, and code relies on it."""

    def __init__(self, module: str, original, inside):
        self._original = original
        self._inside = inside
        self.__wrapped__ = original
        self.__name__ = self.__qualname__ = original.__name__
        self.__module__ = module  # where pickle finds it
        self.__doc__ = original.__doc__

    def __call__(self, *args, **kwargs):
        try:
            return self._original(*args, **kwargs)
        except (NotADirectoryError, FileNotFoundError) as error:
            failure = error.with_traceback(None)
        try:
            return self._inside(failure, *args, **kwargs)
        except OSError as error:
            raise error.with_traceback(None)  # one frame of ours is enough in the user's traceback
        finally:
            failure = None  # no cycle through the frame

    def __repr__(self):
        return repr(self._original)

    def __reduce__(self):
        return self.__name__


class _WrappedAccess(_Wrapped):
    """os.access, which says False instead of raising."""

    def __call__(self, *args, **kwargs):
        return self._original(*args, **kwargs) or self._inside(PermissionError(), *args, **kwargs)


class _WrappedRealpath(_Wrapped):
    """os.path.realpath. No member is a link: of a path in the par only that of the par is to be resolved, and has been; the kernel need not
    be asked about each directory on the way. Programs that inspect their functions resolve the paths of all their modules, again and again.
    What is unusual is left to the original."""

    def __init__(self, original, inside, archive):
        super().__init__("posixpath", original, inside)
        self._archive = archive

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and (not kwargs or kwargs == {"strict": False}):
            path = posix.fspath(args[0])
            if path.__class__ is str:
                resolved = self._resolved(path)
            else:
                resolved = path.__class__ is bytes and path.isascii() and self._resolved(path.decode())
                resolved = resolved and resolved.encode(errors="surrogateescape")
            if resolved:
                return resolved
        return super().__call__(*args, **kwargs)

    def _resolved(self, path: str) -> "str | None":
        archive = self._archive
        for prefix in archive.prefixes:
            if path.startswith(prefix + "/"):
                rest = path[len(prefix) :]
                usual = rest[-1] != "/" and "/." not in rest and "//" not in rest and "\0" not in rest and rest.isascii()
                return archive.prefixes[-1] + rest if usual and archive.is_at(prefix) else None
        return None


def _error(number: int, failure: OSError) -> OSError:
    """What to raise instead of the failure."""
    return OSError(number, posix.strerror(number), failure.filename)


def _parent(path):
    import os

    return os.path.dirname(os.fspath(path))


class Files:
    """The functions for one par. `install` puts them into builtins, `hooks` into os and io."""

    def __init__(self, archive):
        self._archive = archive
        self._executables = None
        self._same_for_all: "dict | None" = None  # what os.stat says of each path alike, in its attributes
        self._open = _Wrapped("io", _io.open, self.io_open)

    def install(self) -> None:
        builtins.open = self._open
        # importlib's own loaders, which spec_from_file_location gives for a path, and zipimport take it from there; so does io.
        _io.open_code = _Wrapped("io", _io.open_code, self.open_code)
        _frozen_importlib_external._path_stat = self._importlib_stat

    def _importlib_stat(self, path):
        # Importing asks for many files that are not there, almost none of them in the par.
        try:
            return posix.stat(path)
        except OSError as error:
            if self._archive.relative(path) is None:
                raise
            failure = error.with_traceback(None)
        try:
            return self.stat(failure, path)
        finally:
            failure = None  # no cycle through the frame

    def hooks(self) -> dict:
        """For AfterImport."""
        return {**self.hooks_above_interposer(), "os": self._patch_os, "io": self._patch_io, "_posixsubprocess": self._patch_fork_exec}

    def hooks_above_interposer(self) -> dict:
        """The same, where the interposer serves the functions of os and io: what does not ask the system about a path."""
        return {
            "os": self._patch_realpath,
            "importlib.resources.readers": self._patch_readers,
            "importlib_resources.readers": self._patch_readers,
        }

    def _patch_io(self, io) -> None:
        io.open, io.open_code = self._open, _io.open_code
        io.FileIO = self._file_io()

    def _patch_os(self, os) -> None:
        for name in ("open", "stat", "lstat", "access", "listdir", "scandir", "readlink", "listxattr", "getxattr"):
            original = getattr(os, name)
            wrapped = (_WrappedAccess if name == "access" else _Wrapped)("os", original, getattr(self, name))
            for functions in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
                if original in functions:
                    functions.add(wrapped)
            setattr(os, name, wrapped)
        for name in ("execv", "execve", "posix_spawn", "posix_spawnp"):
            setattr(os, name, _Wrapped("posix", getattr(os, name), self._executing(name)))
        self._patch_realpath(os)

    def _patch_realpath(self, os) -> None:
        os.path.realpath = _WrappedRealpath(os.path.realpath, self.realpath, self._archive)

    def _file_io(self):
        """io.FileIO, whose instances know the par. What open() gives stays an instance of it, though it is none of the subclass."""
        original, find = _io.FileIO, self._find

        class Type(type):
            def __instancecheck__(cls, instance):
                return isinstance(instance, original) if cls is FileIO else super().__instancecheck__(instance)

            def __subclasscheck__(cls, other):
                return issubclass(other, original) if cls is FileIO else super().__subclasscheck__(other)

        class FileIO(original, metaclass=Type):
            def __init__(this, file, mode="r", closefd=True, opener=None):
                try:
                    super().__init__(file, mode, closefd, opener)
                    return
                except (NotADirectoryError, FileNotFoundError) as error:
                    if opener is not None:
                        raise
                    failure = error.with_traceback(None)
                try:
                    find(failure, _parent(file))
                    super().__init__(file, mode, closefd, lambda path, flags: self.open(failure, path, flags))
                finally:
                    failure = None

        FileIO.__module__, FileIO.__qualname__, FileIO.__doc__ = original.__module__, original.__qualname__, original.__doc__
        return FileIO

    def _programs(self):
        if self._executables is None:
            from _rules_par.executables import Executables

            self._executables = Executables(self._archive, self._find)
        return self._executables

    def _patch_fork_exec(self, module) -> None:
        # subprocess and multiprocessing start programs by this function, which has no failure that could be told apart.
        fork_exec = module.fork_exec

        def fork_exec_of_par(args, programs, *rest):
            if any(program[:1] == b"/" and self._archive.relative(program) for program in programs or ()):
                return self._programs().fork_exec(fork_exec, args, programs, *rest)
            return fork_exec(args, programs, *rest)

        module.fork_exec = fork_exec_of_par

    def _executing(self, name: str):
        return lambda failure, *args, **kwargs: getattr(self._programs(), name)(failure, *args, **kwargs)

    def _patch_readers(self, readers) -> None:
        # Since 3.13 the reader of a namespace package takes its directory for a place in a ZIP file whenever one of the
        # parents is a ZIP file, besides taking it for a directory, and refuses to choose.
        zip_path = getattr(readers.NamespaceReader, "_resolve_zip_path", None)
        if zip_path is not None:
            readers.NamespaceReader._resolve_zip_path = staticmethod(
                lambda path: zip_path(path) if self._archive.relative(path) is None else ()
            )

    def _find(self, failure: OSError, path, dir_fd=None) -> "tuple[str, tuple | None]":
        """(path inside the par, its file entry or None for a directory); raises the failure when it is not there."""
        if dir_fd is not None or isinstance(path, (int, bytearray, memoryview)):
            raise failure
        path = posix.fspath(path)
        relative = self._archive.relative(path)
        if relative is None:
            raise failure
        member = self._archive.member(relative) if relative else None
        if member is not None and path[-1:] in ("/", b"/"):
            raise failure
        if member is None and self._archive.directory(relative) is None:
            raise failure if self._archive.member_above(relative) else _error(_ENOENT, failure)
        return relative, member

    # What each function does with a path that failed outside: `failure` is how.

    def open(self, failure, path, flags, mode=0o777, *, dir_fd=None):
        if flags & _WRITING:
            self._find(failure, _parent(path), dir_fd)
            raise _error(_EROFS, failure)
        relative, member = self._find(failure, path, dir_fd)
        if member is None:
            raise _error(_EISDIR, failure)
        if flags & posix.O_DIRECTORY:
            raise _error(_ENOTDIR, failure)
        from _rules_par import memory

        return memory.from_archive(self._archive, relative.rpartition("/")[2], member[0], member[1])

    def io_open(self, failure, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if opener is not None:
            raise failure
        self._find(failure, _parent(file))
        return self._io_open(file, mode, buffering, encoding, errors, newline, closefd, lambda path, flags: self.open(failure, path, flags))

    _io_open = staticmethod(_io.open)

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
        return not mode & (posix.W_OK if member is None or member[2] else posix.W_OK | posix.X_OK)

    def readlink(self, failure, path, *, dir_fd=None):
        self._find(failure, path, dir_fd)
        raise _error(_EINVAL, failure)

    def realpath(self, failure, filename, *, strict=False):
        # Since 3.14 it insists on directories above the path.
        import os

        if self._archive.relative(os.fspath(filename)) is None:
            raise failure
        os.stat(filename)
        return os.path.realpath(filename)

    def listxattr(self, failure, path=None, *, follow_symlinks=True):
        self._find(failure, path)
        return []

    def getxattr(self, failure, path, attribute, *, follow_symlinks=True):
        self._find(failure, path)
        raise _error(_ENODATA, failure)

    def listdir(self, failure, path="."):
        return [name for names in self._names(failure, path) for name in names]

    def scandir(self, failure, path="."):
        return _Entries(self, path, *self._names(failure, path))

    def _names(self, failure, path) -> "tuple[list, list]":
        """Of the directories and of the files in a directory, of the type that the path has."""
        import os

        relative, member = self._find(failure, path)
        if member is not None:
            raise _error(_ENOTDIR, failure)
        files, directories, *_ = self._archive.directory(relative)
        if isinstance(os.fspath(path), bytes):
            return [os.fsencode(name) for name in directories], [os.fsencode(name) for name in files]
        return [*directories], [*files]

    def _status(self, relative: str, member) -> posix.stat_result:
        if member is None:
            mode, size = _S_IFDIR | 0o755, 0
            # Where the directory's record lies.
            head, _, tail = relative.rpartition("/")
            inode = self._archive.directory(head)[1][tail][0] if relative else self._archive.root["tree"][0]
        else:
            inode, size, executable = member
            mode = _S_IFREG | (0o755 if executable else 0o644)  # a copy is to be writable: shutil copies modes
        par = self._archive.status
        if self._same_for_all is None:
            times = {f"st_{which}{unit}": getattr(par, f"st_mtime{unit}") for which in ("atime", "mtime", "ctime") for unit in ("", "_ns")}
            self._same_for_all = {**times, "st_blksize": par.st_blksize, "st_rdev": 0}
        # One number that no other file of the device is likely to have.
        inode = (par.st_ino * 0x9E3779B97F4A7C15 + inode) % (1 << 63)
        seconds = int(par.st_mtime)
        return posix.stat_result(
            (mode, inode, par.st_dev, 1, par.st_uid, par.st_gid, size, seconds, seconds, seconds),
            {**self._same_for_all, "st_blocks": -(-size // 512)},
        )


class _Entries:
    """What os.scandir returns for a directory of the par."""

    def __init__(self, files: Files, path, directory_names: list, file_names: list):
        self._entries = (_Entry(files, path, name, names is directory_names) for names in (directory_names, file_names) for name in names)

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


class _Entry:
    """One os.DirEntry of it."""

    def __init__(self, files: Files, directory, name, is_directory: bool):
        import os

        self.name = name
        self.path = os.path.join(os.fspath(directory), name)
        self._files = files
        self._is_directory = is_directory

    def stat(self, *, follow_symlinks=True):
        return self._files.stat(FileNotFoundError(), self.path)

    def inode(self) -> int:
        return self.stat().st_ino

    def is_dir(self, *, follow_symlinks=True) -> bool:
        return self._is_directory

    def is_file(self, *, follow_symlinks=True) -> bool:
        return not self._is_directory

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def __fspath__(self):
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"
