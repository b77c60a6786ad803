"""Names of deep-frozen code: each compilation has a table of its own, a par has one of all (python/stub/deepfrozen.c)."""

import itertools
import mmap
import struct

from tools.builder import deepfreeze

PATH = "_rules_par/names"
_BASE = len(deepfreeze.MAGIC)  # where code says with which number its table begins in that of the par


class Names:
    """The table of a par, in the making."""

    def __init__(self):
        self._lengths: "list[int]" = []
        self._texts: "list[bytes]" = []

    def add(self, table: bytes) -> int:
        """Adds what Freezer.names gave; returns what `link` needs for code of the same compilation."""
        base = len(self._lengths)
        (count,) = struct.unpack_from("<I", table)
        ends = struct.unpack_from(f"<{count}I", table, 4)
        self._lengths += [end - begin for begin, end in zip((0, *ends), ends)]
        self._texts.append(table[4 + 4 * count :])
        return base

    def content(self) -> bytes:
        """In the same format."""
        ends = itertools.accumulate(self._lengths)
        return struct.pack(f"<{len(self._lengths) + 1}I", len(self._lengths), *ends) + b"".join(self._texts)


def link(content: "bytearray | mmap.mmap", offset: int, base: int) -> None:
    """Puts `base` into the code that begins there."""
    struct.pack_into("<I", content, offset + _BASE, base)
