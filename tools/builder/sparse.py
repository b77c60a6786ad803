"""Which parts of a library have to be in memory for the dynamic linker, and which are mapped from the par (ARCHITECTURE.md,
section 4). The plan says it: `struct plan` of python/stub/plan.h."""

import itertools
import re
import struct

_FILE = struct.Struct("<5sB12xHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_DYNAMIC = struct.Struct("<qQ")
_PLAN = struct.Struct("<9Q")
_PART = struct.Struct("<4Q")
_ELF64, _LITTLE_ENDIAN = b"\x7fELF\x02", 1
_IRELATIVE = {62: 37, 183: 1032}  # e_machine -> the relocation that a function of the library itself computes
# e_machine -> relocations that ld.so always writes: R_X86_64_64, GLOB_DAT, JUMP_SLOT, RELATIVE, and the same of AArch64.
_WRITTEN = {62: {1, 6, 7, 8}, 183: {257, 1025, 1026, 1027}}
_PT_LOAD, _PT_DYNAMIC, _PT_NOTE, _PT_TLS, _PT_GNU_PROPERTY = 1, 2, 4, 7, 0x6474E553
_PF_X, _PF_W, _PF_R = 1, 2, 4
_PROT_READ, _PROT_WRITE, _PROT_EXEC = 1, 2, 4
_SHT_STRTAB, _SHT_RELA, _SHT_HASH, _SHT_NOTE, _SHT_DYNSYM, _SHT_RELR = 3, 4, 5, 7, 11, 19
_SHT_GNU_HASH, _SHT_VERDEF, _SHT_VERNEED, _SHT_VERSYM = 0x6FFFFFF6, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
_READ = {_SHT_STRTAB, _SHT_RELA, _SHT_HASH, _SHT_NOTE, _SHT_DYNSYM, _SHT_RELR, _SHT_GNU_HASH, _SHT_VERDEF, _SHT_VERNEED, _SHT_VERSYM}
_ENTRY = {_SHT_RELA: 24, _SHT_DYNSYM: 24}
_SHF_ALLOC = 2
_DT_NULL, _DT_PLTRELSZ, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_RELA, _DT_RELASZ, _DT_STRSZ = 0, 2, 4, 5, 6, 7, 8, 10
_DT_INIT, _DT_TEXTREL, _DT_JMPREL, _DT_INIT_ARRAY, _DT_INIT_ARRAYSZ, _DT_FLAGS = 12, 22, 23, 25, 27, 30
_DT_RELRSZ, _DT_RELR, _DT_GNU_HASH, _DT_VERSYM, _DT_VERDEF, _DT_VERNEED = 35, 36, 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFE
# What the dynamic array leads to -> where it says how long that is.
_TABLES = {_DT_HASH: 0, _DT_STRTAB: _DT_STRSZ, _DT_SYMTAB: 0, _DT_RELA: _DT_RELASZ, _DT_JMPREL: _DT_PLTRELSZ, _DT_RELR: _DT_RELRSZ}
_TABLES |= dict.fromkeys((_DT_GNU_HASH, _DT_VERSYM, _DT_VERDEF, _DT_VERNEED), 0)
_DF_TEXTREL = 4
_STT_GNU_IFUNC = 10
_ALLOCATORS = rb"(_Znwm|_ZdlPv)(?=\0)"  # operator new, operator delete
_NEAR = 4096  # bytes between two parts that are not worth a system call
_SMALLEST_PAGE = 4096  # of any machine


def plan(content, patches: "tuple[tuple[int, bytes], ...]", page: int, host: "tuple[str, ...] | None", before_relocation: bool = False) -> bytes:
    """The plan for the library `content` (bytes or a mapping) that is patched so; b"" where there can be none.

    Args:
        page: where parts of the par can be mapped.
        host: libraries that ld.so would load and construct with it; None when only ld.so can find them.
        before_relocation: the rest is mapped before the library is relocated, and ld.so runs its constructors. Else it is
            mapped once that was done, and who does it runs them.
    """
    magic, order, machine, _, _, headers, sections, *_, header_count, _, section_count, _ = _FILE.unpack_from(content)
    if magic != _ELF64 or order != _LITTLE_ENDIAN or machine not in _IRELATIVE:
        return b""
    segments = [_SEGMENT.unpack_from(content, headers + _SEGMENT.size * number) for number in range(header_count)]
    loads = [segment for segment in segments if segment[0] == _PT_LOAD]
    _, _, start, _, _, size, *_ = next(segment for segment in segments if segment[0] == _PT_DYNAMIC)
    dynamic = list(itertools.takewhile(lambda entry: entry[0] != _DT_NULL, _DYNAMIC.iter_unpack(dict(patches).get(start, content[start : start + size]))))
    values = dict(dynamic)
    table = content[sections : sections + _SECTION.size * section_count]
    tables = [
        (kind, at, at + size)
        for _, kind, flags, _, at, size, *_ in _SECTION.iter_unpack(table[: len(table) // _SECTION.size * _SECTION.size])
        if flags & _SHF_ALLOC and kind in _READ and at + size <= len(content) and not size % _ENTRY.get(kind, 1)
    ]
    read = [(begin, end) for _, begin, end in tables]
    read += [(0, _FILE.size), (headers, headers + _SEGMENT.size * header_count)]
    read += [
        (at, at + size)
        for kind, flags, at, _, _, size, *_ in segments
        if kind in (_PT_DYNAMIC, _PT_NOTE, _PT_TLS, _PT_GNU_PROPERTY) or (kind == _PT_LOAD and flags & _PF_W)
    ]
    copied, mapped = _merged(read, _NEAR), [load for load in loads if not load[1] & _PF_W]
    is_called_early = not before_relocation and (host is None or _computes_addresses(content, tables, _IRELATIVE[machine]) or (host and _allocates(content, tables)))
    has_relocations = _DT_TEXTREL in values or values.get(_DT_FLAGS, 0) & _DF_TEXTREL
    if is_called_early or has_relocations or not _is_plain(loads, page) or not _has_tables(copied, values, loads):
        copied, mapped, host = [(0, len(content))], [], ()
    constructors = (0, 0, 0, 0, 0)
    if not before_relocation:
        place = {tag: start + _DYNAMIC.size * number for number, (tag, _) in enumerate(dynamic)}
        array = values.get(_DT_INIT_ARRAY, 0)
        constructors = (values.get(_DT_INIT, 0), array, values.get(_DT_INIT_ARRAYSZ, 0) // 8 if array else 0, place.get(_DT_INIT, 0), place.get(_DT_INIT_ARRAY, 0))
    parts = [_PART.pack(begin, end - begin, 0, 0) for begin, end in copied]
    parts += [_PART.pack(at, size, address, _protection(flags)) for _, flags, at, address, _, size, *_ in mapped]
    dropped = _dropped(copied, loads, _relocated(content, tables, _WRITTEN[machine]), page) if mapped else []
    parts += [_PART.pack(begin, end - begin, 0, 0) for begin, end in dropped]
    names = [name.encode() + b"\0" for name in host or ()]
    return _PLAN.pack(*constructors, len(copied), len(mapped), len(dropped), len(names)) + b"".join(parts + names)


def _merged(parts: "list[tuple[int, int]]", near: int) -> "list[tuple[int, int]]":
    merged: "list[tuple[int, int]]" = []
    for begin, end in sorted(part for part in parts if part[0] < part[1]):
        if merged and begin <= merged[-1][1] + near:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged


def _dropped(copied: "list[tuple[int, int]]", loads: list, relocated: "set[int]", page: int) -> "list[tuple[int, int]]":
    """The pages of the file with something that was copied, but nothing that a process may still read: of what the library writes to, each
    process has a copy of its own as soon as ld.so has relocated something in that page."""
    pages = {number for begin, end in copied for number in range(begin // page, -(-end // page))}
    for _, flags, at, address, _, size, *_ in loads:
        if flags & _PF_W:
            small, shift = range(at // _SMALLEST_PAGE, -(-(at + size) // _SMALLEST_PAGE)), (address - at) // _SMALLEST_PAGE
            pages -= {number * _SMALLEST_PAGE // page for number in small if number + shift not in relocated}
    return _merged([(number * page, number * page + page) for number in pages], 0)


def _relocated(content, tables: "list[tuple[int, int, int]]", kinds: "set[int]") -> "set[int]":
    """The pages of addresses that ld.so writes to."""
    pages = set()
    for kind, begin, end in tables:
        if kind == _SHT_RELA:
            words = memoryview(content[begin:end]).cast("Q")
            pages |= {place // _SMALLEST_PAGE for place, info in zip(words[0::3].tolist(), words[1::3].tolist()) if info & 0xFFFFFFFF in kinds}
    return pages


def _protection(flags: int) -> int:
    return (flags & _PF_R and _PROT_READ) | (flags & _PF_W and _PROT_WRITE) | (flags & _PF_X and _PROT_EXEC)


def _offset(address: int, loads: list) -> int:
    """Where in the file an address is; -1: nowhere."""
    return next((at + address - begin for _, _, at, begin, _, size, *_ in loads if begin <= address < begin + size), -1)


def _is_plain(loads: list, page: int) -> bool:
    """Whether each segment has pages of its own, and the ones that nobody writes to are all in the file."""
    free = 0
    for _, flags, at, address, _, size, in_memory, _ in loads:
        if address // page * page < free or (address - at) % page or (not flags & _PF_W and size != in_memory):
            return False
        free = address + in_memory
        free += -free % page
    return True


def _has_tables(copied: "list[tuple[int, int]]", values: "dict[int, int]", loads: list) -> bool:
    """Whether the sections, which ld.so does not look at, hold all that the dynamic array leads to."""
    for table, length in _TABLES.items():
        begin = _offset(values[table], loads) if table in values else None
        if begin is not None and not any(part <= begin and begin + values.get(length, 1) <= end for part, end in copied):
            return False
    return True


def _computes_addresses(content, tables: "list[tuple[int, int, int]]", irelative: int) -> bool:
    """Whether relocation may call functions of the library (STT_GNU_IFUNC, R_*_IRELATIVE)."""
    for kind, begin, end in tables:
        if kind == _SHT_RELA and irelative in memoryview(content[begin:end]).cast("Q")[1::3].tolist():  # these have no symbol
            return True
        if kind == _SHT_DYNSYM and _STT_GNU_IFUNC in {info & 15 for info in set(content[begin:end][4::24])}:
            return True
    return False


def _allocates(content, tables: "list[tuple[int, int, int]]") -> bool:
    """Whether it replaces the allocator of C++; libraries of the host then are to use it, too."""
    for kind, begin, end in tables:
        if kind != _SHT_DYNSYM:
            continue
        words = memoryview(content[begin:end]).cast("I")
        defined = {name for name, rest in zip(words[0::6].tolist(), words[1::6].tolist()) if rest >> 16}
        for strings, first, last in tables:
            found = re.finditer(_ALLOCATORS, content[first:last]) if strings == _SHT_STRTAB else ()
            if any(match.start(1) in defined for match in found):
                return True
    return False
