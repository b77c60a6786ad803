"""What is in a par, read from the file alone (ARCHITECTURE.md, sections 3 and 5)."""

import contextlib
import dataclasses
import functools
import mmap
import os
import pathlib
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator

from _rules_par.archive import Archive
from _rules_par.errors import DAMAGED, Refusal

from tools.builder import boot, elf
from tools.builder.errors import BuildError
from tools.par import instructions

RUNTIME = "_python/"  # where a par has its own Python
_STARTED_FROM = RUNTIME + "boot/"  # what the stub starts; known to ld.so by file name
BOOT_RECORD = "_rules_par/boot"
# What zipfile raises for an archive that is none, in one way or another.
_BAD_ZIP = (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, ValueError, struct.error, zlib.error)


@dataclasses.dataclass(frozen=True)
class Native:
    """A shared object or a program in the par, of the kind that is linked at run time.

    Attributes:
        names: by which others of the par need it, as they are in the par.
        needed: what it needs, as it is in the par: name -> paths of the members that have this name, () for what they do not have.
        shipped_as: the names that it came with.
        undefined: the symbols that it needs of others.
        instructions: of the machine that it needs, beyond the oldest of its kind: "x86_64_v3"; "" for none.
    """

    path: str
    elf: elf.Elf
    names: "tuple[str, ...]"
    needed: "dict[str, tuple[str, ...]]"
    shipped_as: "tuple[str, ...]"
    undefined: "frozenset[str]"
    instructions: str


class Contents:
    """A par. Raises Refusal when it cannot be read, or is not a whole par.

    Attributes:
        root: the root record of the index.
        entries: what the ZIP archive says of each member, by path, in its order.
        mode: "system", "embedded" or "full".
    """

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.archive = Archive(str(path))
        self.root = self.archive.root
        try:
            self._zip = zipfile.ZipFile(path)
        except _BAD_ZIP as error:
            raise Refusal(DAMAGED, f"is damaged: {error}: copy or build it again") from None
        self.entries = {entry.filename: entry for entry in self._zip.infolist()}
        self.mode = "system"
        if BOOT_RECORD in self.entries:
            self.mode = "embedded" if boot.linker_path(self.read(BOOT_RECORD)) else "full"

    def read(self, path: str, size: "int | None" = None) -> bytes:
        """A member, or the first bytes of it."""
        try:
            with self._zip.open(path) as file:
                return file.read() if size is None else file.read(size)
        except _BAD_ZIP as error:
            raise Refusal(DAMAGED, f"is damaged: {error}: copy or build it again") from None

    @functools.cached_property
    def python(self) -> str:
        return "{}.{}".format(*self.root["python"]["version"])

    @functools.cached_property
    def machine(self) -> str:
        """As `uname -m` says it; "" when nothing in the par is native. The index has it where there is a shared object."""
        return self.root["python"]["machine"] or next((about.machine for about, _, _ in self._elf_files.values()), "")

    @functools.cached_property
    def natives(self) -> "dict[str, Native]":
        """The native members of the par's machine, by path."""
        found = {path: each for path, each in self._elf_files.items() if each[0].machine == self.machine}
        named: "dict[str, list[str]]" = {}
        for path, (about, _, _) in found.items():
            for name in _names(path, about):
                named.setdefault(name, []).append(path)
        shipped = self._shipped_names()
        return {
            path: Native(
                path,
                about,
                _names(path, about),
                {each.name.text: tuple(named.get(each.name.text, ())) for each in about.needed},
                shipped.get(path, ()),
                undefined,
                instructions_needed,
            )
            for path, (about, undefined, instructions_needed) in found.items()
        }

    @functools.cached_property
    def _elf_files(self) -> "dict[str, tuple[elf.Elf, frozenset[str], str]]":
        found = {}
        for path, entry in self.entries.items():
            if self.read(path, 4) == b"\x7fELF":
                with _in_memory(self.read(path)) as (file, content):
                    try:
                        about = elf.read(path, content, with_programs=True)
                        if about:
                            found[path] = about, elf.undefined_symbols(path, content), instructions.beyond_baseline(file)
                    except BuildError as error:
                        raise Refusal(DAMAGED, str(error)) from None
        return found

    def _shipped_names(self) -> "dict[str, tuple[str, ...]]":
        if not self.root["natives"][1]:
            return {}
        _, by_path, by_name = self.archive.record(self.root["natives"])
        return {path: tuple(sorted(name for name, number in by_name.items() if number == own)) for path, own in by_path.items()}


@contextlib.contextmanager
def _in_memory(content: bytes) -> "Iterator[tuple[pathlib.Path, mmap.mmap]]":
    """The content as a file that has a path."""
    descriptor = os.memfd_create("member")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as mapped:
            yield pathlib.Path(f"/proc/self/fd/{descriptor}"), mapped
    finally:
        os.close(descriptor)


def _names(path: str, about: elf.Elf) -> "tuple[str, ...]":
    own = (about.soname.text,) if about.soname else ()
    return tuple(dict.fromkeys((*own, posixpath.basename(path)))) if path.startswith(_STARTED_FROM) else own
