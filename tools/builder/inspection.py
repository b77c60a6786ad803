"""What the builder must know of a file before it packs it; actions of their own have looked at many of them (python/private/inspection_aspect.bzl)."""

import dataclasses
import hashlib
import json
import mmap
import os
import pathlib
import re
import zlib
from collections.abc import Iterable

from tools.builder import elf

_CHUNK = 1 << 16


@dataclasses.dataclass(frozen=True)
class Inspection:
    """A file.

    Attributes:
        is_executable: it is an ELF file or begins with `#!`.
        size: in bytes.
        crc: CRC-32 of its content.
        elf: of what is linked at run time, what it says of itself.
        digest: of its content, where there is `elf`.
        plugin_directories: where it has absolute paths of directories from which it loads plug-ins: libc's gconv, OpenSSL's engines and
            providers.
    """

    is_executable: bool
    size: int
    crc: int
    elf: "elf.Elf | None" = None
    digest: bytes = b""
    plugin_directories: "tuple[int, ...]" = ()


def inspect(path: str, file: "str | pathlib.Path") -> Inspection:
    """Reads the file; `path` is for messages. Raises BuildError when it is a damaged ELF file."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        start = os.read(descriptor, _CHUNK)
        if not start.startswith(b"\x7fELF"):
            size, crc, chunk = len(start), zlib.crc32(start), start
            while len(chunk) == _CHUNK:
                chunk = os.read(descriptor, _CHUNK)
                size, crc = size + len(chunk), zlib.crc32(chunk, crc)
            return Inspection(start.startswith(b"#!"), size, crc)
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
            known = True, len(content), zlib.crc32(content)
            found = elf.read(path, content, with_programs=True)
            return Inspection(*known, found, hashlib.sha256(content).digest(), _plugin_directories(content)) if found else Inspection(*known)
    finally:
        os.close(descriptor)


def _plugin_directories(content: mmap.mmap) -> "tuple[int, ...]":
    if all(content.find(word, 0) < 0 for word in (b"/gconv", b"/engines-", b"/ossl-modules")):
        return ()
    pattern = re.compile(rb"(?<=\0)/[^\0]{1,200}/(?:gconv|gconv/gconv-modules\.cache|engines-[0-9.]+|ossl-modules)(?=\0)")
    return tuple(match.start() for match in pattern.finditer(content))


class Inspections:
    """Looks up what `dump` wrote, by source file, and inspects the others."""

    def __init__(self, dumps: "Iterable[pathlib.Path]" = ()):
        self._known = {}
        for dump in dumps:
            self._known.update(json.loads(dump.read_bytes()))

    def of(self, path: str, file: "str | pathlib.Path") -> Inspection:
        """As inspect."""
        known = self._known.get(str(file))
        if known is None:
            return inspect(path, file)
        is_executable, size, crc, description, digest, directories = known
        return Inspection(is_executable, size, crc, description and elf.from_json(description), bytes.fromhex(digest), tuple(directories))


def dump(inspections: "dict[str, Inspection]") -> bytes:
    """Source file -> what was found, as JSON."""
    rows = {
        file: (
            *(found.is_executable, found.size, found.crc),
            *(found.elf and elf.to_json(found.elf), found.digest.hex(), found.plugin_directories),
        )
        for file, found in inspections.items()
    }
    return json.dumps(rows, sort_keys=True, separators=(",", ":")).encode() + b"\n"
