"""Libraries of the par by path or name, for ctypes and cffi."""

import os


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
