"""Programs that lie in a par with its own Python, as the stub starts them: with the par's ld.so, interposer and libraries.

The record is what python/stub/boot.h calls struct programs.
"""

import posixpath
import struct

from tools.builder import boot
from tools.builder.natives import NativeMembers
from tools.builder.runtime import INTERPOSER, STARTED_WITH, Runtime
from tools.builder.zip_writer import Member

PATH = "_rules_par/programs"
_MOST_LIBRARIES = 56  # of the 64 that the stub has room for
_COUNT = struct.Struct("<I4x")
_PROGRAM = struct.Struct("<QQIII4x")


def select(natives: NativeMembers, runtime: Runtime) -> "list[str]":
    """The programs that the stub can start."""
    return [path for path, order in natives.programs.items() if len(order) + len(runtime.started_with) < _MOST_LIBRARIES]


def record(natives: NativeMembers, runtime: Runtime, started_from: "list[boot.Image]", placed: "dict[str, Member]") -> Member:
    """What the stub reads; number N in the index means the Nth of them. `started_from`: the ELF files of Python's own start; `placed`:
    path -> member with its offset."""
    programs = {path: natives.programs[path] for path in select(natives, runtime)}
    libraries_at = _COUNT.size + len(programs) * _PROGRAM.size
    strings_at = libraries_at + sum(map(len, programs.values())) * boot.IMAGE_SIZE
    entries, libraries, strings = bytearray(), bytearray(), bytearray()

    def text(value: str) -> int:
        start = strings_at + len(strings)
        strings.extend(value.encode("utf-8", "surrogateescape") + b"\0")
        return start

    for path, order in programs.items():
        asked_for = {name for each in (path, *order) for name in natives.host_names(each)}
        needed = {INTERPOSER, *runtime.reached(asked_for.union(STARTED_WITH))}
        images = sum(1 << number for number, image in enumerate(started_from) if image.kind == boot.LIBRARY and image.name in needed)
        entries += _PROGRAM.pack(placed[path].offset, images, text(path), libraries_at + len(libraries), len(order))
        for each in order:
            image = boot.Image(posixpath.basename(each), placed[each].offset, placed[each].size)
            libraries += boot.packed_image(image, text(image.name))
    content = _COUNT.pack(len(programs)) + bytes(entries + libraries + strings)
    return Member(PATH, content, len(content))
