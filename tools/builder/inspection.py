"""What the builder must know of a file before it packs it; actions of their own have looked at many of them (python/private/inspection_aspect.bzl)."""

import dataclasses
import hashlib
import json
import mmap
import os
import pathlib
from collections.abc import Iterable

from tools.builder import elf


@dataclasses.dataclass(frozen=True)
class Inspection:
    """A file.

    Attributes:
        is_executable: it is an ELF file or begins with `#!`.
        elf: of what is linked at run time, what it says of itself.
        digest: of its content, where there is `elf`.
    """

    is_executable: bool
    elf: "elf.Elf | None" = None
    digest: bytes = b""


def inspect(path: str, file: pathlib.Path) -> Inspection:
    """Reads the file; `path` is for messages. Raises BuildError when it is a damaged ELF file."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        start = os.read(descriptor, 4)
        if start != b"\x7fELF":
            return Inspection(start.startswith(b"#!"))
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
            found = elf.read(path, content, with_programs=True)
            return Inspection(True, found, hashlib.sha256(content).digest() if found else b"")
    finally:
        os.close(descriptor)


class Inspections:
    """Looks up what `dump` wrote, by source file, and inspects the others."""

    def __init__(self, dumps: "Iterable[pathlib.Path]" = ()):
        self._known = {}
        for dump in dumps:
            self._known.update(json.loads(dump.read_bytes()))

    def of(self, path: str, file: pathlib.Path) -> Inspection:
        """As inspect."""
        known = self._known.get(str(file))
        if known is None:
            return inspect(path, file)
        is_executable, description, digest = known
        return Inspection(is_executable, description and elf.from_json(description), bytes.fromhex(digest))


def dump(inspections: "dict[str, Inspection]") -> bytes:
    """Source file -> what was found, as JSON."""
    rows = {
        file: (found.is_executable, found.elf and elf.to_json(found.elf), found.digest.hex()) for file, found in inspections.items()
    }
    return json.dumps(rows, sort_keys=True, separators=(",", ":")).encode() + b"\n"
