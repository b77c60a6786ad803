"""The standard library of the host, read with less ceremony: what importlib does for each module takes longer than many a module.

Everything that is not as usual is left to importlib: byte code that is missing, of another source, or of another kind, names that are
not among those of the directory, and all modules once somebody has changed how modules are imported.
"""

import marshal
import posix
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER, FileFinder, SourceFileLoader
from _imp import _fix_co_filename, extension_suffixes

_EXTENSIONS = extension_suffixes()
_BYTECODE = f".{sys.implementation.cache_tag}.pyc"
_CHECKED_BY_TIME = MAGIC_NUMBER + bytes(4)  # how such a file begins (PEP 552)
_MASK = 0xFFFFFFFF
_FORMAT, _REGULAR = 0o170000, 0o100000  # S_IFMT, S_IFREG


def _ways() -> tuple:
    """What a program may change to have a hand in imports."""
    return (FileFinder.find_spec, SourceFileLoader.get_code, SourceFileLoader.get_data, SourceFileLoader.path_stats, sys.pycache_prefix, *sys.path_hooks)


_usual_ways: tuple = ()


def install() -> None:
    """Puts finders in the place of importlib's: of the directory that Python has found its first modules in."""
    global _usual_ways
    if sys.flags.optimize or sys.pycache_prefix is not None or not sys.implementation.cache_tag:
        return
    _usual_ways = _ways()
    for directory in getattr(sys.modules.get("encodings"), "__path__", ()):
        path = directory.rpartition("/")[0]
        finder = sys.path_importer_cache.get(path)
        if type(finder) is FileFinder:
            sys.path_importer_cache[path] = Finder(finder)


class Finder(FileFinder):
    """Finds modules in a directory of the standard library."""

    def __init__(self, finder: FileFinder):
        self.__dict__.update(finder.__dict__)  # it has listed the directory

    def find_spec(self, fullname, target=None):
        return self._find(fullname) or super().find_spec(fullname, target)

    def _find(self, fullname: str) -> "ModuleSpec | None":
        if _usual_ways != _ways():
            return None
        if self._path_mtime == -1:  # to be listed, for the first time or again
            try:
                mtime = posix.stat(self.path).st_mtime
            except OSError:
                return None
            self._fill_cache()
            self._path_mtime = mtime
        tail = fullname.rpartition(".")[2]
        directory, names, stem = self.path, self._path_cache, tail
        is_package = tail in names
        if is_package:
            directory, stem = f"{directory}/{tail}", "__init__"
        elif f"{tail}.py" not in names or not names.isdisjoint([tail + suffix for suffix in _EXTENSIONS]):
            return None
        path = f"{directory}/{stem}.py"
        try:
            status = posix.stat(path)
        except OSError:
            return None
        if status.st_mode & _FORMAT != _REGULAR:
            return None
        spec = ModuleSpec(fullname, Loader(fullname, path, status), origin=path)
        spec.has_location = True
        spec.cached = spec.loader.cached = f"{directory}/__pycache__/{stem}{_BYTECODE}"
        if is_package:
            spec.submodule_search_locations = [directory]
            if directory not in sys.path_importer_cache:
                finder = FileFinder(directory)
                finder._loaders = self._loaders
                sys.path_importer_cache[directory] = Finder(finder)
        return spec


class Loader(SourceFileLoader):
    """Loads a module whose source has just been seen."""

    __slots__ = ("cached", "_status")  # not in __dict__, by which loaders are compared

    def __init__(self, fullname: str, path: str, status: posix.stat_result):
        super().__init__(fullname, path)
        self._status = status

    def get_code(self, fullname):
        status, self._status = self._status, None  # once: the next time the source may be another
        code = self._read(status) if status and fullname == self.name and _usual_ways == _ways() else None
        return super().get_code(fullname) if code is None else code

    def _read(self, status: posix.stat_result):
        """The code of an up-to-date byte code file, or None."""
        size = status.st_size
        enough = 2 * size + 4096  # for that of all but a few
        try:
            descriptor = posix.open(self.cached, posix.O_RDONLY | posix.O_CLOEXEC)
        except OSError:
            return None
        try:
            content = posix.read(descriptor, enough)
        except OSError:
            return None
        finally:
            posix.close(descriptor)
        source = ((int(status.st_mtime) & _MASK) | (size & _MASK) << 32).to_bytes(8, "little")
        if content[:16] != _CHECKED_BY_TIME + source or len(content) == enough:
            return None
        try:
            code = marshal.loads(memoryview(content)[16:])
            _fix_co_filename(code, self.path)
        except (EOFError, TypeError, ValueError):
            return None  # importlib says what is wrong with it
        return code
