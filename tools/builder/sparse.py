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
# Where ld.so writes without a relocation, and how much: for lazy binding, and for TLS descriptors.
_OWN_WORDS = {3: 24, 0x6FFFFEF7: 8}  # DT_PLTGOT, DT_TLSDESC_GOT
# What the dynamic array leads to -> the type of its section, and what says how long it is.
_TABLES = {
    _DT_HASH: (_SHT_HASH, 0),
    _DT_STRTAB: (_SHT_STRTAB, _DT_STRSZ),
    _DT_SYMTAB: (_SHT_DYNSYM, 0),
    _DT_RELA: (_SHT_RELA, _DT_RELASZ),
    _DT_JMPREL: (_SHT_RELA, _DT_PLTRELSZ),
    _DT_RELR: (_SHT_RELR, _DT_RELRSZ),
    _DT_GNU_HASH: (_SHT_GNU_HASH, 0),
    _DT_VERSYM: (_SHT_VERSYM, 0),
    _DT_VERDEF: (_SHT_VERDEF, 0),
    _DT_VERNEED: (_SHT_VERNEED, 0),
}
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
    library = _Library(content, patches)
    if library.machine not in _IRELATIVE:
        return b""
    alone = _left_alone(library, page) if rest is Mapped.LATER else []
    mapped = [(flags, at, address, size) for _, flags, at, address, _, size, *_ in library.loads if not flags & _PF_W] + alone
    copied = _merged(library.read_ranges() + _without(library.writable_ranges(), alone), _NEAR)
    is_called_early = rest is Mapped.LATER and (host is None or _computes_addresses(library) or (host and _allocates(library)))
    has_relocations = _DT_TEXTREL in library.values or library.values.get(_DT_FLAGS, 0) & _DF_TEXTREL
    if is_called_early or has_relocations or not _is_plain(library.loads, page) or not _has_tables(library):
        copied, mapped, host = [(0, len(content))], [], ()
    elif rest is Mapped.AT_LAST:
        copied = [(0, len(content))]
    constructors = library.constructors() if rest is Mapped.LATER else (0, 0, 0, 0, 0)
    dropped = _dropped(library, copied, mapped, page) if mapped else []
    parts = [_PART.pack(begin, end - begin, 0, 0) for begin, end in copied]
    parts += [_PART.pack(at, size, address, _protection(flags)) for flags, at, address, size in mapped]
    parts += [_PART.pack(begin, end - begin, 0, 0) for begin, end in dropped]
    names = [name.encode() + b"\0" for name in host or ()]
    return _PLAN.pack(*constructors, len(copied), len(mapped), len(dropped), len(names)) + b"".join(parts + names)


class _Library:
    """A library, as far as plans go by it.

    Attributes:
        machine: e_machine; 0 when it is none for 64 bits, little endian.
        loads: the program headers of its segments.
        values: tag -> value of its dynamic array.
        tables: (type, begin, end) in the file of the sections that ld.so reads.
        relocations: (page of addresses, type) of what ld.so may write to, DT_RELR aside; type 0 where it may only end in that page.
    """

    def __init__(self, content, patches: "tuple[tuple[int, bytes], ...]"):
        magic, order, machine, _, _, headers, sections, *_, header_count, _, section_count, _ = _FILE.unpack_from(content)
        self.machine = machine if magic == _ELF64 and order == _LITTLE_ENDIAN else 0
        if not self.machine:
            return
        self.content = content
        self._headers = [(0, _FILE.size), (headers, headers + _SEGMENT.size * header_count)]
        self._segments = [_SEGMENT.unpack_from(content, headers + _SEGMENT.size * number) for number in range(header_count)]
        self.loads = [segment for segment in self._segments if segment[0] == _PT_LOAD]
        _, _, self._start, _, _, size, *_ = next(segment for segment in self._segments if segment[0] == _PT_DYNAMIC)
        array = dict(patches).get(self._start, content[self._start : self._start + size])
        self._dynamic = list(itertools.takewhile(lambda entry: entry[0] != _DT_NULL, _DYNAMIC.iter_unpack(array)))
        self.values = dict(self._dynamic)
        table = content[sections : sections + _SECTION.size * section_count]
        self.tables = [
            (kind, at, at + size)
            for _, kind, flags, _, at, size, *_ in _SECTION.iter_unpack(table[: len(table) // _SECTION.size * _SECTION.size])
            if flags & _SHF_ALLOC and kind in _READ and at + size <= len(content) and not size % _ENTRY.get(kind, 1)
        ]
        self.relocations = self._relocations()

    def _relocations(self) -> "set[tuple[int, int]]":
        found: "set[tuple[int, int]]" = set()
        for table, begin, end in self.tables:
            if table == _SHT_RELA:
                words = memoryview(self.content[begin:end]).cast("Q")
                places = words[0::3].tolist()
                found |= {(place // _SMALLEST_PAGE, info & 0xFFFFFFFF) for place, info in zip(places, words[1::3].tolist())}
                found |= {((place + _LONGEST_RELOCATION - 1) // _SMALLEST_PAGE, 0) for place in places}
        return found

    def read_ranges(self) -> "list[tuple[int, int]]":
        """What ld.so reads, in the file, besides what the library writes to."""
        segments = [(at, at + size) for kind, _, at, _, _, size, *_ in self._segments if kind in _READ_SEGMENTS]
        return self._headers + segments + [(begin, end) for _, begin, end in self.tables]

    def writable_ranges(self) -> "list[tuple[int, int]]":
        """What the library writes to, in the file."""
        return [(at, at + size) for _, flags, at, _, _, size, *_ in self.loads if flags & _PF_W]

    def written_addresses(self) -> "list[tuple[int, int]]":
        """What ld.so writes to or protects, relocations aside."""
        written = [(address, size) for kind, _, _, address, _, _, size, _ in self._segments if kind in (_PT_DYNAMIC, _PT_GNU_RELRO)]
        written += [(self.values[tag], size) for tag, size in _OWN_WORDS.items() if tag in self.values]
        return [(begin, begin + size) for begin, size in written if size]

    def constructors(self) -> "tuple[int, int, int, int, int]":
        """How a plan begins."""
        place = {tag: self._start + _DYNAMIC.size * number for number, (tag, _) in enumerate(self._dynamic)}
        array = self.values.get(_DT_INIT_ARRAY, 0)
        count = self.values.get(_DT_INIT_ARRAYSZ, 0) // 8 if array else 0
        return self.values.get(_DT_INIT, 0), array, count, place.get(_DT_INIT, 0), place.get(_DT_INIT_ARRAY, 0)


def _merged(parts: "list[tuple[int, int]]", near: int) -> "list[tuple[int, int]]":
    merged: "list[tuple[int, int]]" = []
    for begin, end in sorted(part for part in parts if part[0] < part[1]):
        if merged and begin <= merged[-1][1] + near:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged


def _without(ranges: "list[tuple[int, int]]", parts: "list[tuple[int, int, int, int]]") -> "list[tuple[int, int]]":
    """The ranges without the parts, which each lie in one of them."""
    left = []
    for begin, end in ranges:
        for _, at, _, size in parts:
            if begin <= at < end:
                left.append((begin, at))
                begin = at + size
        left.append((begin, end))
    return left


def _left_alone(library: _Library, page: int) -> "list[tuple[int, int, int, int]]":
    """(flags, offset, address, size) of the long runs of whole pages, of segments that the library writes to, that ld.so does not write to."""
    if _DT_RELR in library.values:
        return []
    found = []
    small = {number * _SMALLEST_PAGE for number, _ in library.relocations}
    for _, flags, at, address, _, size, *_ in library.loads:
        if not flags & _PF_W:
            continue
        shift = at - address
        touched = {(place + shift) // page for place in small}
        for begin, end in library.written_addresses():
            touched.update(range((begin + shift) // page, -(-(end + shift) // page)))
        free = [(number * page, number * page + page) for number in range(-(-at // page), (at + size) // page) if number not in touched]
        found += [(flags, begin, begin - shift, end - begin) for begin, end in _merged(free, 0) if end - begin >= _WORTH_MAPPING]
    return found


def _dropped(library: _Library, copied: "list[tuple[int, int]]", mapped: "list[tuple[int, int, int, int]]", page: int) -> "list[tuple[int, int]]":
    """The pages of the file with something that was copied, but nothing that a process may still read: they are mapped from the par, or ld.so has
    relocated something in them, and so each process has a copy of its own."""
    pages = {number for begin, end in copied for number in range(begin // page, -(-end // page))}
    from_par = {number for _, at, _, size in mapped for number in range(at // page, (at + size) // page)}
    relocated = {number for number, kind in library.relocations if kind in _WRITTEN[library.machine]}
    for _, flags, at, address, _, size, *_ in library.loads:
        if flags & _PF_W:
            small, shift = range(at // _SMALLEST_PAGE, -(-(at + size) // _SMALLEST_PAGE)), (address - at) // _SMALLEST_PAGE
            pages -= {number * _SMALLEST_PAGE // page for number in small if number + shift not in relocated} - from_par
    return _merged([(number * page, number * page + page) for number in pages], 0)


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


def _has_tables(library: _Library) -> bool:
    """Whether the sections, which ld.so does not look at, are all that the dynamic array leads to."""
    values = library.values
    for tag, (kind, length) in _TABLES.items():
        if tag in values and values.get(length, 1):
            first = _offset(values[tag], library.loads)
            sections = _merged([(begin, end) for found, begin, end in library.tables if found == kind], 0)
            if not any(begin <= first and first + values.get(length, 1) <= end for begin, end in sections):
                return False
    return True


def _computes_addresses(library: _Library) -> bool:
    """Whether relocation may call functions of the library (STT_GNU_IFUNC, R_*_IRELATIVE)."""
    if _IRELATIVE[library.machine] in {kind for _, kind in library.relocations}:  # these have no symbol
        return True
    symbols = (library.content[begin:end] for kind, begin, end in library.tables if kind == _SHT_DYNSYM)
    return any(_STT_GNU_IFUNC in {info & 15 for info in set(each[4::24])} for each in symbols)


def _allocates(library: _Library) -> bool:
    """Whether it replaces the allocator of C++; libraries of the host then are to use it, too."""
    for kind, begin, end in library.tables:
        if kind != _SHT_DYNSYM:
            continue
        words = memoryview(library.content[begin:end]).cast("I")
        defined = {name for name, rest in zip(words[0::6].tolist(), words[1::6].tolist()) if rest >> 16}
        for strings, first, last in library.tables:
            found = re.finditer(_ALLOCATORS, library.content[first:last]) if strings == _SHT_STRTAB else ()
            if any(match.start(1) in defined for match in found):
                return True
    return False
