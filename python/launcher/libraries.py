"""Libraries of the par by path or name, for ctypes and cffi; and other changes that wait until a module is imported."""

import os
import sys


class Libraries:
    """Turns the path or SONAME of a native member into the path under which the dynamic linker knows it."""

    def __init__(self, archive, natives):
        self._archive = archive
        self._natives = natives

    def resolve(self, name):
        """What to give to dlopen instead of `name` (str, bytes, path or None); loads the member if it is one."""
        if name is None or isinstance(name, int):
            return name
        text = os.fsdecode(name)
        if "/" in text:
            relative = self._archive.relative(text)
            number = None if relative is None else self._natives.by_path(relative)
        else:
            number = self._natives.by_name(text)
        if number is None:
            return name
        try:
            return self._natives.load(number)
        except ImportError as error:
            raise OSError(error.msg) from None  # what dlopen's callers expect

    def find(self, name: str) -> "str | None":
        """The SONAME of the par's library `name` ("ssl": libssl.so.3)."""
        start = f"lib{name}.so"
        return min((each for each in self._natives.names() if each == start or each.startswith(start + ".")), default=None)

    def patch_ctypes(self, ctypes) -> None:
        dlopen = ctypes._dlopen
        ctypes._dlopen = lambda name, *rest: dlopen(self.resolve(name), *rest)

    def patch_ctypes_util(self, util) -> None:
        find_library = util.find_library
        util.find_library = lambda name: self.find(name) or find_library(name)

    def patch_cffi(self, backend) -> None:
        load_library = backend.load_library
        backend.load_library = lambda name=None, *rest: load_library(self.resolve(name), *rest)
        resolve = self.resolve

        class FFI(backend.FFI):
            def dlopen(self, name=None, *rest):
                return super().dlopen(resolve(name), *rest)

        FFI.__module__, FFI.__qualname__, FFI.__doc__ = "_cffi_backend", "FFI", backend.FFI.__doc__
        backend.FFI = FFI

    def hooks(self) -> dict:
        return {
            "ctypes": self.patch_ctypes,
            "ctypes.util": self.patch_ctypes_util,
            "_cffi_backend": self.patch_cffi,
        }


class AfterImport:
    """A meta path finder that calls hooks[name](module) once the module is imported by whoever finds it."""

    def __init__(self, hooks: dict):
        self._hooks = hooks
        for name in [name for name in hooks if name in sys.modules]:
            hooks.pop(name)(sys.modules[name])

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self._hooks:
            return None
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = find_spec and find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._hooks[fullname])
                return spec
        return None


class _Loader:
    """The loader of somebody else, followed by a hook."""

    def __init__(self, loader, hook):
        self._loader = loader
        self._hook = hook

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._hook(module)
