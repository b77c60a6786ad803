"""Names of deep-frozen code, which all modules of a par share: the code says their numbers in one table (python/stub/deepfrozen.c)."""

import struct

from tools.builder import deepfreeze

PATH = "_rules_par/names"
_WORD, _NUMBER = 8, 4


class Names:
    """The table in the making."""

    def __init__(self):
        self._numbers: "dict[bytes, int]" = {}

    def link(self, content: bytes) -> bytes:
        """The code that deepfreeze.py has written, with numbers for its names, which follow it there."""
        _, _, _, _, _, count, literals, large, small, controls, _ = deepfreeze.HEAD.unpack_from(content)
        numbers_at = deepfreeze.HEAD.size + _WORD * literals
        at = end = numbers_at + _NUMBER * (count + large) + 2 * small + controls
        lengths = struct.unpack_from(f"<{count}I", content, at)
        at += _NUMBER * count
        numbers = []
        for length in lengths:
            numbers.append(self._numbers.setdefault(content[at : at + length], len(self._numbers)))
            at += length
        return b"".join((content[:numbers_at], struct.pack(f"<{count}I", *numbers), content[numbers_at + _NUMBER * count : end]))

    def content(self) -> bytes:
        """How many names there are, where in the text each begins, and where the last ends; the text, in UTF-8."""
        offsets = [0]
        for text in self._numbers:
            offsets.append(offsets[-1] + len(text))
        return struct.pack(f"<{len(offsets) + 1}I", len(self._numbers), *offsets) + b"".join(self._numbers)
