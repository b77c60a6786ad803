"""The files of the par for C code: a shared object that stands between libraries and libc (ARCHITECTURE.md, section 7).

In a par with its own Python ld.so loads it before libc, so it serves Python as well. In system mode it is loaded before the first
library of the par, and redirects the calls of every one to itself. It also opens the libraries of the par (native.py).
"""

import posix
from _imp import create_dynamic  # not what importer.py puts in its place
from _frozen_importlib import ModuleSpec

from _rules_par import memory

_NAME = "_rules_par_interposer"


def _converter(to: str, source: str):
    from _rules_par import iconv

    return iconv.converter(to, source)


class Interposer:
    """Of one par and its libraries."""

    def __init__(self, archive, natives):
        """`natives`: a function that gives the native members of the par."""
        self._archive = archive
        self._natives = natives
        self._module = None

    def start(self) -> None:
        """For a par with its own Python."""
        import _rules_par_interposer

        self._start(_rules_par_interposer)

    def module(self):
        """What python/interposer/module.c defines; None when the par has no interposer. Raises OSError and ImportError."""
        position = self._archive.root["interposer"]
        if self._module is None and self._archive.embedded:
            import _rules_par_interposer

            self._module = _rules_par_interposer
        elif self._module is None and position[1]:
            descriptor = memory.library(self._archive, "_rules_par:interposer.so", *position, True)
            try:
                self._module = create_dynamic(ModuleSpec(_NAME, None, origin=self._natives().new_path(descriptor)))
            finally:
                posix.close(descriptor)
            self._start(self._module)
            self._module.redirect()  # libraries of the host that were there before, and that ones of the par may use
        return self._module

    def _start(self, module) -> None:
        archive, root = self._archive, self._archive.root
        paths = [path.encode("utf-8", "surrogateescape") for path in archive.prefixes]
        module.start(archive.descriptor(), paths[0], paths[-1], root["index"], root["tree"], root["natives"], self._load, _converter)

    def _load(self, library: str, is_path: int) -> bytes:
        """For dlopen in C: the path of a library of the par, by path in it or name; b"" when there is none. When it cannot be
        loaded, the reason: dlopen fails with that."""
        natives = self._natives()
        try:
            number = natives.by_path(library) if is_path else None
            path = natives.load_by_name(library) if not is_path else None if number is None else natives.load(number)
            return path.encode() if path else b""
        except ImportError as error:
            return error.msg.encode()
