"""The standard library of the host, read with less ceremony: what importlib does for each module takes longer than many a module.

Everything that is not as usual is left to importlib: byte code that is missing, of another source, or of another kind, and names that are
not among those of the directory.
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


def install() -> None:
    """Puts finders in the place of importlib's: of the directory that Python has found its first modules in."""
    if sys.flags.optimize or not sys.implementation.cache_tag:
        return
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
        if self._path_mtime == -1:  # to be listed, for the first time or again
            try:
                self._path_mtime = posix.stat(self.path).st_mtime
            except OSError:
                return super().find_spec(fullname, target)
            self._fill_cache()
        tail = fullname.rpartition(".")[2]
        directory, names = self.path, self._path_cache
        is_package = tail in names
        if is_package:
            directory, stem = f"{directory}/{tail}", "__init__"
        elif f"{tail}.py" in names:
            stem = tail
            for suffix in _EXTENSIONS:
                if tail + suffix in names:
                    return super().find_spec(fullname, target)
        else:
            return super().find_spec(fullname, target)
        path = f"{directory}/{stem}.py"
        try:
            status = posix.stat(path)
        except OSError:
            status = None
        if status is None or sys.pycache_prefix is not None:
            return super().find_spec(fullname, target)
        cached = f"{directory}/__pycache__/{stem}{_BYTECODE}"
        spec = ModuleSpec(fullname, Loader(fullname, path, cached, status), origin=path)
        spec.has_location = True
        spec.cached = cached
        if is_package:
            spec.submodule_search_locations = [directory]
            if directory not in sys.path_importer_cache:
                finder = FileFinder(directory)
                finder._loaders = self._loaders
                sys.path_importer_cache[directory] = Finder(finder)
        return spec


class Loader(SourceFileLoader):
    """Loads a module whose source has just been seen."""

    def __init__(self, fullname: str, path: str, cached: str, status):
        self.name, self.path = fullname, path
        self._seen = cached, status

    def get_code(self, fullname):
        seen = self.__dict__.pop("_seen", None)  # once: the next time the source may be another
        return (seen and self._read(*seen)) or super().get_code(fullname)

    def _read(self, cached, status):
        """The code of an up-to-date byte code file, or None."""
        size = status.st_size
        enough = 2 * size + 4096  # for that of all but a few
        try:
            descriptor = posix.open(cached, posix.O_RDONLY | posix.O_CLOEXEC)
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
        code = marshal.loads(memoryview(content)[16:])
        _fix_co_filename(code, self.path)
        return code
