"""The names by which the dynamic linker knows an ELF object: DT_SONAME, and DT_NEEDED of what it depends on."""

import struct
from dataclasses import dataclass

_EXECUTABLE, _SHARED_OBJECT = 2, 3  # ET_EXEC, ET_DYN
_LOAD, _DYNAMIC = 1, 2  # PT_*
_NEEDED, _STRING_TABLE, _SONAME, _FLAGS_1 = 1, 5, 14, 0x6FFFFFFB  # DT_*
_POSITION_INDEPENDENT_EXECUTABLE = 0x08000000  # DF_1_PIE


@dataclass(frozen=True)
class ElfNames:
    """`soname` is "" for an object without one; `executable`: it is a program, not a library."""

    soname: str
    needed: tuple[str, ...]
    executable: bool = False


def read_elf_names(content: bytes) -> "ElfNames | None":
    """The names in an ELF shared object or program of 32 or 64 bits; None when `content` is something else."""
    if content[:4] != b"\x7fELF" or len(content) < 64:
        return None
    order = "<" if content[5] == 1 else ">"
    wide = content[4] == 2
    kind_of_file = struct.unpack_from(order + "H", content, 16)[0]
    if kind_of_file not in (_EXECUTABLE, _SHARED_OBJECT):
        return None
    program_headers = struct.unpack_from(order + ("Q" if wide else "I"), content, 32 if wide else 28)[0]
    entry_size, count = struct.unpack_from(order + "HH", content, 54 if wide else 42)

    segments = []  # (type, offset in the file, address, size in the file)
    for at in range(program_headers, program_headers + entry_size * count, entry_size):
        if wide:
            kind, _, offset, address, _, size = struct.unpack_from(order + "IIQQQQ", content, at)
        else:
            kind, offset, address, _, size = struct.unpack_from(order + "IIIII", content, at)
        segments.append((kind, offset, address, size))

    entries = []  # (tag, value)
    for kind, offset, _, size in segments:
        if kind == _DYNAMIC:
            entries = list(struct.iter_unpack(order + ("qQ" if wide else "iI"), content[offset : offset + size]))
    strings_at = 0
    for tag, value in entries:
        if tag == _STRING_TABLE:
            for kind, offset, address, size in segments:
                if kind == _LOAD and address <= value < address + size:
                    strings_at = value - address + offset

    def text(value: int) -> str:
        start = strings_at + value
        return content[start : content.index(b"\0", start)].decode("utf-8", "surrogateescape")

    sonames = [text(value) for tag, value in entries if tag == _SONAME]
    needed = tuple(text(value) for tag, value in entries if tag == _NEEDED)
    pie = any(tag == _FLAGS_1 and value & _POSITION_INDEPENDENT_EXECUTABLE for tag, value in entries)
    return ElfNames(sonames[0] if sonames else "", needed, pie or kind_of_file == _EXECUTABLE)
