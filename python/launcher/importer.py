"""Imports from the par: a path hook, a finder and loaders.

They are subclasses of the ones importlib uses for directories, because much of the world dispatches on those types:
pkgutil.iter_modules, pkg_resources, importlib.resources and importlib.metadata then treat a directory of the par as a directory.
"""

import _imp
import marshal
import sys
from _imp import create_dynamic  # before install changes it
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader, FileFinder, SourceFileLoader, SourcelessFileLoader

import _rules_par
from _rules_par.errors import SYSTEM, Refusal

# Kinds of entries in a directory record's `modules`; odd ones are packages.
MODULE, PACKAGE, EXTENSION, EXTENSION_PACKAGE, BYTECODE, BYTECODE_PACKAGE = range(6)
_CACHE_TAG = sys.implementation.cache_tag


class Importer:
    """What finders and loaders share: the par, its native members, and whether its byte code is this Python's."""

    def __init__(self, archive):
        from _frozen_importlib_external import MAGIC_NUMBER

        self.archive = archive
        self._made = {}
        self._deepfrozen = None
        self._codes = {}
        if archive.embedded and archive.root["code"][0]:
            import _rules_par_stub

            if not _rules_par_stub.map_code(*archive.root["code"]):
                raise Refusal(SYSTEM, "its code cannot be mapped: raise the memory limit (ulimit -v)")
            self._deepfrozen = _rules_par_stub.load_code
        self.bytecode = archive.root["python"]["magic"] == MAGIC_NUMBER

    def load_code(self, offset: int, size: int, path: str):
        """The code that lies there; `path` becomes its co_filename."""
        if self._deepfrozen is not None:
            code = self._codes.get((offset, path))
            if code is None:
                code = self._deepfrozen(offset, size, path)
            if code is not None:
                self._codes[offset, path] = code  # it lives as long as the process, so it is made once
                return code
        code = marshal.loads(self.archive.read_at(offset, size))
        _imp._fix_co_filename(code, path)  # compiled with its path inside the par
        return code

    @property
    def natives(self):
        """The native members; most programs begin without any. Threads that ask at the same time get the same."""
        if not self._made:
            from _rules_par.native import Natives

            self._made.setdefault("natives", Natives(self.archive))
        return self._made["natives"]

    def create_extension(self, spec, number: int):
        """The extension module that is native member `number`. CPython opens spec.origin and remembers it with the
        module; the spec that everybody sees keeps the path in the par."""
        opened = ModuleSpec(spec.name, spec.loader, is_package=spec.submodule_search_locations is not None)
        opened.submodule_search_locations = spec.submodule_search_locations
        opened.origin = self.natives.load(number)
        module = create_dynamic(opened)
        module.__file__ = spec.origin
        return module

    def _create_dynamic(self, spec, *rest):
        """For importlib's own loader, which spec_from_file_location gives for a path."""
        relative = self.archive.relative(spec.origin) if isinstance(spec.origin, str) else None
        number = None if relative is None else self.natives.by_path(relative)
        if number is not None:
            return self.create_extension(spec, number)
        if self.archive.embedded and self.natives.host:
            self.natives.host.prepare(spec.origin)
        return create_dynamic(spec, *rest)

    def install(self) -> None:
        """Puts the hook into sys.path_hooks."""
        from zipimport import zipimporter  # it found us, so it is there

        def zip_path_hook(path):
            # It takes anything below a ZIP file for a directory in it; in the par that is so below its members only.
            relative = self.archive.relative(path) if isinstance(path, str) else None
            if relative is not None and self.archive.member_above(relative) is None:
                raise ImportError("not a directory of this par", path=path)
            return zipimporter(path)

        hooks = [zip_path_hook if hook is zipimporter else hook for hook in sys.path_hooks]
        sys.path_hooks[:] = [self.path_hook, *hooks]
        sys.path_importer_cache.pop(self.archive.path, None)
        _imp.create_dynamic = self._create_dynamic
        if self._deepfrozen is not None:
            self._serve_loaders_of_paths()

    def _serve_loaders_of_paths(self) -> None:
        """importlib's own loader, which spec_from_file_location gives for a path, finds no byte code file in a par with deep-frozen code."""
        original = SourceFileLoader.get_code

        def get_code(loader, fullname):
            position = self._code_of(loader.path) if type(loader) is SourceFileLoader and not sys.flags.optimize else None
            return original(loader, fullname) if position is None else self.load_code(*position, loader.path)

        SourceFileLoader.get_code = get_code

    def _code_of(self, path: str) -> "tuple[int, int] | None":
        """Where the code of a source in the par is, by the path of that."""
        relative = self.archive.relative(path) if isinstance(path, str) else None
        if not relative:
            return None
        directory, _, name = relative.rpartition("/")
        if name == "__init__.py":
            directory, _, package = directory.rpartition("/")
            name = f"{package}/{name}"
        record = self.archive.directory(directory)
        _, file, *position = record[2].get(name.partition("/" if "/" in name else ".")[0], (0, "", 0, 0)) if record else (0, "", 0, 0)
        return tuple(position) if file == name and position[1] else None

    def path_hook(self, path: str) -> "ParFinder":
        """For sys.path_hooks."""
        if _rules_par.finder and path == _rules_par.__path__[0]:
            return _rules_par.finder
        relative = self.archive.relative(path) if isinstance(path, str) else None
        if relative is None or self.archive.directory(relative) is None:
            raise ImportError("not a directory of this par", path=path)
        return ParFinder(self, path, relative)


class ParFinder(FileFinder):
    """Finds modules in one directory of the par."""

    def __init__(self, importer: Importer, path: str, relative: str):
        super().__init__(path)
        self._importer = importer
        _, self._directories, self._modules, _ = importer.archive.directory(relative)
        self._prefix = f"{relative}/" if relative else ""

    def find_spec(self, fullname, target=None):
        tail = fullname.rpartition(".")[2]
        entry = self._modules.get(tail)
        if entry is None:
            if tail not in self._directories:
                return None
            spec = ModuleSpec(fullname, None)  # a portion of a namespace package (PEP 420)
            spec.submodule_search_locations = [f"{self.path}/{tail}"]
            return spec
        kind, name, offset, size = entry
        path = f"{self.path}/{name}"
        loader = _LOADERS[kind >> 1](self._importer, fullname, path, self._prefix + name, offset, size)
        spec = ModuleSpec(fullname, loader, origin=path)
        spec.has_location = True
        directory = self.path
        if kind & 1:
            directory = f"{directory}/{tail}"
            spec.submodule_search_locations = [directory]
        if kind < EXTENSION and not sys.flags.optimize and sys.pycache_prefix is None:
            # What importlib.util.cache_from_source says, which takes longer.
            stem = "__init__" if kind & 1 else tail
            spec.cached = f"{directory}/__pycache__/{stem}.{_CACHE_TAG}.pyc"
        return spec

    def invalidate_caches(self):
        """A par does not change."""


class _ParLoader:
    """What the loaders share."""

    def __init__(self, importer: Importer, fullname: str, path: str, relative: str, offset: int, size: int):
        super().__init__(fullname, path)
        self._importer = importer
        self._relative = relative
        self._code = offset, size

    def get_data(self, path):
        archive = self._importer.archive
        relative = archive.relative(path)
        member = None if relative is None else archive.member(relative)
        return super().get_data(path) if member is None else archive.read_at(member[0], member[1])

    if sys.version_info < (3, 10):

        def get_resource_reader(self, fullname):
            """That of 3.9 does not go through os and io; without one importlib.resources opens files by path."""


class ParSourceLoader(_ParLoader, SourceFileLoader):
    """A module with source. Its byte code was made with the par; another Python than that compiles the source."""

    def get_code(self, fullname):
        if self._importer.bytecode and self._code[1] and not sys.flags.optimize:
            return self._importer.load_code(*self._code, self.path)
        return self.source_to_code(self.get_data(self.path), self.path)

    def path_stats(self, path):
        return {"mtime": self._importer.archive.status.st_mtime, "size": len(self.get_data(path))}

    def set_data(self, path, data, *, _mode=0o666):
        """Nothing is ever written."""


class ParBytecodeLoader(_ParLoader, SourcelessFileLoader):
    """A module that was shipped as byte code only."""

    def get_code(self, fullname):
        if self._importer.bytecode and self._code[1]:
            return self._importer.load_code(*self._code, self.path)
        raise ImportError(f"{self.path} is byte code of another Python version", name=fullname, path=self.path)


class ParExtensionLoader(_ParLoader, ExtensionFileLoader):
    """An extension module: loaded from a memfd, known by its path in the par."""

    def create_module(self, spec):
        number = self._importer.natives.by_path(self._relative)
        if number is None:
            raise ImportError(f"{self.path} is not a shared object of this par's machine", name=spec.name, path=self.path)
        return self._importer.create_extension(spec, number)


_LOADERS = (ParSourceLoader, ParExtensionLoader, ParBytecodeLoader)
