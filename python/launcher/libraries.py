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
        host = self._natives.host
        try:
            if "/" not in text:
                return self._natives.load_by_name(text) or name
            relative = self._archive.relative(text)
            number = None if relative is None else self._natives.by_path(relative)
            if number is not None:
                return self._natives.load(number)
            if host:
                host.prepare(text)
            return name
        except ImportError as error:
            raise OSError(error.msg) from None  # what dlopen's callers expect

    def explained(self, name, error: OSError) -> OSError:
        """dlopen's error, with the reason when that is the mode of the par."""
        text = os.fsdecode(name) if isinstance(name, (str, bytes)) else "/"
        if "/" in text or not self._natives.host:
            return error
        return OSError(
            f"{text}: not in the par, and a par of full mode takes no library from the host that its target does not allow: add it "
            f"to deps, or to host_libraries ({error})"
        )

    def find(self, name: str) -> "str | None":
        """The SONAME of the par's library `name` ("ssl": libssl.so.3), or of one that the host may provide."""
        start = f"lib{name}.so"
        host = self._natives.host
        names = {*self._natives.names(), *(host.own if host else ())}
        found = sorted(each for each in names if each == start or each.startswith(start + "."))
        return next((each for each in found if not host or each not in host.allowed or host.find(each)), None)

    def _through(self, dlopen):
        """dlopen(name, ...) that knows the libraries of the par."""

        def resolving(name=None, *rest):
            found = self.resolve(name)
            try:
                return dlopen(found, *rest)
            except OSError as error:
                raise self.explained(name, error) from None

        return resolving

    def patch_ctypes(self, ctypes) -> None:
        ctypes._dlopen = self._through(ctypes._dlopen)

    def patch_ctypes_util(self, util) -> None:
        # In full mode what the host has is of no use.
        find_library = (lambda name: None) if self._natives.host else util.find_library
        util.find_library = lambda name: self.find(name) or find_library(name)

    def patch_cffi(self, backend) -> None:
        backend.load_library = self._through(backend.load_library)
        through = self._through

        class FFI(backend.FFI):
            def dlopen(self, name=None, *rest):
                return through(super().dlopen)(name, *rest)

        FFI.__module__, FFI.__qualname__, FFI.__doc__ = "_cffi_backend", "FFI", backend.FFI.__doc__
        backend.FFI = FFI
