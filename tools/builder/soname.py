"""Gives every native member a SONAME that nothing else in any process has (ARCHITECTURE.md, section 2).

Names change in place and keep their length, so nothing in the object moves and the dynamic linker never knows.
"""

import hashlib
import mmap

from tools.builder.elf import Elf, Name
from tools.builder.errors import BuildError

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHANGED = 3  # characters; the rest, with the version, stays readable


class Names:
    """Hands out unique SONAMEs for the members of one par."""

    def __init__(self):
        self._taken: "dict[str, bytes]" = {}

    def unique(self, soname: str, digest: bytes) -> str:
        """The new name, of the same length, for the content with this digest; the same for the same content."""
        for attempt in range(1 << 16):
            number = int.from_bytes(hashlib.sha256(digest + attempt.to_bytes(2, "little")).digest()[:8], "little")
            start = bytes(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(_CHANGED))
            name = start.decode()[: len(soname)] + soname[_CHANGED:]
            if self._taken.setdefault(name, digest) == digest:
                return name
        raise BuildError(f"{soname}: no unique name is left for it")


class NotInPlace(Exception):
    """A name has no room for its new text, or is the end of another name that must stay."""


def patches(
    content: mmap.mmap, elf: Elf, soname: "str | None", needed: "dict[str, str]", dropped: "set[str]"
) -> "tuple[tuple[int, bytes], ...]":
    """What to write where, so that the object has SONAME `soname` (None: as it is), each DT_NEEDED `name` is `needed[name]`,
    and the DT_NEEDED in `dropped` are gone. Raises NotInPlace."""
    changed: "dict[int, bytes]" = {}
    names = [each.name for each in elf.needed] + list(elf.version_files)
    wanted = [(name, needed[name.text].encode()) for name in names if name.text in needed]
    if soname:
        if elf.soname is None:
            raise NotInPlace
        wanted.append((elf.soname, soname.encode()))
    for name, new in wanted:
        if new == name.text.encode():
            continue
        if len(new) != len(name.text.encode()) or content[name.offset - 1] or changed.get(name.offset, new) != new:
            raise NotInPlace
        changed[name.offset] = new
    gone = {each.index for each in elf.needed if each.name.text in dropped}
    if gone:
        changed[elf.dynamic[0]] = _without(content, elf, gone)
    return tuple(sorted(changed.items()))


def _without(content: mmap.mmap, elf: Elf, gone: "set[int]") -> bytes:
    """The dynamic array without some entries; it ends with DT_NULL entries instead."""
    offset, size, count = elf.dynamic
    kept = [content[offset + index * size : offset + (index + 1) * size] for index in range(count) if index not in gone]
    return b"".join(kept).ljust(count * size, b"\0")
