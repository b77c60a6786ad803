"""Which parts of a library have to be in memory for the dynamic linker, and which are mapped from the par (ARCHITECTURE.md,
section 4). The plan says it: `struct plan` of python/stub/plan.h."""

import enum
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
_PT_LOAD, _PT_DYNAMIC, _PT_NOTE, _PT_TLS, _PT_GNU_PROPERTY, _PT_GNU_RELRO = 1, 2, 4, 7, 0x6474E553, 0x6474E552
_READ_SEGMENTS = {_PT_DYNAMIC, _PT_NOTE, _PT_TLS, _PT_GNU_PROPERTY}
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
_LONGEST_RELOCATION = 16  # bytes: of a TLS descriptor
_WORTH_MAPPING = 1 << 15  # bytes of a segment that the library writes to


class Mapped(enum.Enum):
    """When the rest of a library is mapped from the par.

    Attributes:
        LATER: ld.so has loaded and relocated it; who maps the rest then runs its constructors.
        BEFORE_RELOCATION: ld.so has mapped it, and will run its constructors.
        AT_LAST: ld.so has run its constructors, and needed all of it: so all of it is copied first.
    """

    LATER = enum.auto()
    BEFORE_RELOCATION = enum.auto()
    AT_LAST = enum.auto()


def plan(
    content, patches: "tuple[tuple[int, bytes], ...]", page: int, host: "tuple[str, ...] | None", rest: Mapped = Mapped.LATER
) -> bytes:
    """The plan for the library `content` (bytes or a mapping) that is patched so; b"" where there can be none.

    Args:
        page: where parts of the par can be mapped.
        host: libraries that ld.so would load and construct with it; None when only ld.so can find them.
        rest: when the rest is mapped.
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
    read += [(at, at + size) for kind, _, at, _, _, size, *_ in segments if kind in _READ_SEGMENTS]
    written = [(at, at + size) for kind, _, at, _, _, size, *_ in segments if kind in (_PT_DYNAMIC, _PT_GNU_RELRO)]
    relocations = _relocations(content, tables)
    mapped = [(flags, at, address, size) for _, flags, at, address, _, size, *_ in loads if not flags & _PF_W]
    for _, flags, at, address, _, size, *_ in (load for load in loads if load[1] & _PF_W):
        kept = [(at, at + size)]
        if rest is Mapped.LATER and _DT_RELR not in values:
            touched = {(number * _SMALLEST_PAGE - address + at) // page for number, _ in relocations}
            unwritten, kept = _unwritten(at, size, touched, written, page)
            mapped += [(flags, begin, address + begin - at, end - begin) for begin, end in unwritten]
        read += kept
    copied = _merged(read, _NEAR)
    is_called_early = rest is Mapped.LATER and (
        host is None or _computes_addresses(content, tables, _IRELATIVE[machine]) or (host and _allocates(content, tables))
    )
    has_relocations = _DT_TEXTREL in values or values.get(_DT_FLAGS, 0) & _DF_TEXTREL
    if is_called_early or has_relocations or not _is_plain(loads, page) or not _has_tables(copied, values, loads):
        copied, mapped, host = [(0, len(content))], [], ()
    elif rest is Mapped.AT_LAST:
        copied = [(0, len(content))]
    constructors = (0, 0, 0, 0, 0)
    if rest is Mapped.LATER:
        place = {tag: start + _DYNAMIC.size * number for number, (tag, _) in enumerate(dynamic)}
        array = values.get(_DT_INIT_ARRAY, 0)
        constructors = (values.get(_DT_INIT, 0), array, values.get(_DT_INIT_ARRAYSZ, 0) // 8 if array else 0, place.get(_DT_INIT, 0), place.get(_DT_INIT_ARRAY, 0))
    parts = [_PART.pack(begin, end - begin, 0, 0) for begin, end in copied]
    parts += [_PART.pack(at, size, address, _protection(flags)) for flags, at, address, size in mapped]
    relocated = {number for number, kind in relocations if kind in _WRITTEN[machine]}
    dropped = _dropped(copied, mapped, loads, relocated, page) if mapped else []
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


def _dropped(copied: "list[tuple[int, int]]", mapped: list, loads: list, relocated: "set[int]", page: int) -> "list[tuple[int, int]]":
    """The pages of the file with something that was copied, but nothing that a process may still read: they are mapped from the par, or ld.so has
    relocated something in them, and so each process has a copy of its own."""
    pages = {number for begin, end in copied for number in range(begin // page, -(-end // page))}
    from_par = {number for flags, at, _, size in mapped if flags & _PF_W for number in range(at // page, (at + size) // page)}
    for _, flags, at, address, _, size, *_ in loads:
        if flags & _PF_W:
            small, shift = range(at // _SMALLEST_PAGE, -(-(at + size) // _SMALLEST_PAGE)), (address - at) // _SMALLEST_PAGE
            pages -= {number * _SMALLEST_PAGE // page for number in small if number + shift not in relocated} - from_par
    return _merged([(number * page, number * page + page) for number in pages], 0)


def _relocations(content, tables: "list[tuple[int, int, int]]") -> "set[tuple[int, int]]":
    """(page of addresses, type) of what ld.so may write to, DT_RELR aside; type 0 where it may only end in that page."""
    found: "set[tuple[int, int]]" = set()
    for table, begin, end in tables:
        if table == _SHT_RELA:
            words = memoryview(content[begin:end]).cast("Q")
            places = words[0::3].tolist()
            found |= {(place // _SMALLEST_PAGE, info & 0xFFFFFFFF) for place, info in zip(places, words[1::3].tolist())}
            found |= {((place + _LONGEST_RELOCATION - 1) // _SMALLEST_PAGE, 0) for place in places}
    return found


def _unwritten(
    at: int, size: int, touched: "set[int]", written: "list[tuple[int, int]]", page: int
) -> "tuple[list[tuple[int, int]], list[tuple[int, int]]]":
    """Of a segment of the file that the library writes to, the long runs of pages that ld.so does not write to; and what is left."""
    touched.update(number for begin, end in written for number in range(begin // page, -(-end // page)))
    free = [(number * page, number * page + page) for number in range(-(-at // page), (at + size) // page) if number not in touched]
    runs = [(begin, end) for begin, end in _merged(free, 0) if end - begin >= _WORTH_MAPPING]
    return runs, list(zip([at, *(end for _, end in runs)], [*(begin for begin, _ in runs), at + size]))


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
