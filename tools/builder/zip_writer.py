"""Places members in a ZIP archive at known offsets and writes it (APPNOTE.TXT 6.3.10).

The place of every byte is known before the first is written: the index and the header of the par tell offsets. Members
are stored. Entries, sizes and offsets beyond the 16 and 32 bits of the format take the ZIP64 records; and so does a large
archive that Python starts from, with a directory of its own for Python (ARCHITECTURE.md, section 3).
"""

import contextlib
import dataclasses
import functools
import os
import pathlib
import stat
import struct
import zlib
from collections.abc import Callable, Iterator

from tools.builder import beside, crc32
from tools.builder.errors import BuildError

_DATE, _TIME = (0 << 9) | (1 << 5) | 1, 0  # 1980-01-01 00:00
_UTF8 = 0x0800  # general purpose bit 11
_UNIX = 3 << 8  # version made by: Unix, so that the mode is read
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_WORTH_A_PROCESS = 1 << 24  # bytes
_CHUNK = 1 << 16  # files up to this size are read; larger ones the kernel copies
_ENTRY, _END64, _LOCATOR = 46, 56, 20  # sizes of records: without name and extra fields, all, all
# zipimport takes 4.5 microseconds for each entry, before anything of the par runs.
_MOST_FOR_ZIPIMPORT = 200
_EXTRA_ID = 0x5052  # of nobody: "RP"
# Instead of versions in the ZIP64 end record. zipimport (3.13 and newer) searches for that record's signature from the end, and takes
# what it finds for one that is elsewhere than it should be.
_DECOY = b"PK\6\6"


@dataclasses.dataclass
class Member:
    """One entry of the archive.

    Attributes:
        content: bytes, or the file that has them.
        size: number of bytes.
        patches: (offset in the content, bytes that stand there instead), in order, for a file.
        crc_of_file: CRC-32 of the file without the patches, where it is known.
        executable: mode 0755 instead of 0644.
        program: its number among those that the stub can start, from 1; 0: it is none.
        begin, header_offset, offset: in the file, once placed: of its padding, its local header, its content.
        name: `path`, encoded.
    """

    path: str
    content: "bytes | bytearray | memoryview | str | pathlib.Path"
    size: int
    executable: bool = False
    patches: "tuple[tuple[int, bytes], ...]" = ()
    crc_of_file: "int | None" = None
    begin: int = -1
    header_offset: int = -1
    offset: int = -1
    crc: int = 0
    program: int = 0
    name: bytes = dataclasses.field(init=False)

    def __post_init__(self):
        self.name = _name(self.path)


class ZipLayout:
    """An archive in the making: `place` every member in order, and write it.

    Attributes:
        start: what precedes the first member; may change until it is written, not in length.
    """

    def __init__(self, start: bytes):
        self.start = start
        self._members: "list[Member]" = []
        self._launcher: "list[Member]" = []
        self._end = len(start)

    def place(self, member: Member, alignment: int = 1, for_zipimport: bool = False) -> None:
        """Puts the member behind the ones placed before, its content on a multiple of `alignment`. Those `for_zipimport` are what
        Python starts from: they belong into the last 4 GiB, and the first member of all has a name of 26 bytes at most."""
        if for_zipimport:
            self._launcher.append(member)
        header = 30 + len(member.name) + len(_local_extra(member))
        member.begin = self._end
        member.offset = -(-(self._end + header) // alignment) * alignment
        member.header_offset = member.offset - header
        self._end = member.offset + member.size
        self._members.append(member)

    def next_offset(self, path: str) -> int:
        """Where the content of a member `path` of less than 4 GiB comes to lie if it is placed next."""
        return self._end + 30 + len(_name(path))

    @property
    def size(self) -> int:
        """Of the whole archive, central directory included."""
        directory = len(self._extra_for_zipimport()) + sum(_ENTRY + len(member.name) + len(_central_extra(member)) for member in self._members)
        return self._end + directory + len(self._end_records(directory))

    @contextlib.contextmanager
    def writing(self, output: pathlib.Path, early: "list[Member]") -> "Iterator[Callable[[], None]]":
        """Begins to write the members `early`, files that are placed; gives the function that writes the others, once all are placed, and
        raises BuildError when a file is not as long as it was."""
        output.unlink(missing_ok=True)  # somebody may still write to it
        output.write_bytes(b"")
        if sum(member.size for member in early) < _WORTH_A_PROCESS:
            yield functools.partial(self._write, output, early, functools.partial(_write_members, early, output))
            return
        with beside.running(_write_members, early, output) as crcs_of_early:
            yield functools.partial(self._write, output, early, crcs_of_early)

    def _write(self, output: pathlib.Path, early: "list[Member]", crcs_of_early: "Callable[[], list[int]]") -> None:
        known = set(map(id, early))
        late = [member for member in self._members if id(member) not in known]
        crcs = _write_members(late, output) + crcs_of_early()
        for member, member.crc in zip(late + early, crcs):
            pass
        with output.open("r+b") as file:
            file.write(self.start)
            file.seek(self._end)
            file.write(self.tail())

    def tail(self) -> bytes:
        """What follows the last member, once the members have their `crc`: the central directory and how it ends."""
        extras = [self._extra_for_zipimport()] + [b""] * len(self._members)
        directory = b"".join(_central_entry(member, member.header_offset, extra) for member, extra in zip(self._members, extras))
        return directory + self._end_records(len(directory))

    @property
    def _is_split(self) -> bool:
        """Whether zipimport gets a directory of its own: the other one would take it long, or (up to 3.12) is beyond its 32 bits."""
        return bool(self._launcher) and (len(self._members) > _MOST_FOR_ZIPIMPORT or self._end >= _MAX32)

    def _extra_for_zipimport(self) -> bytes:
        """An extra field of the first entry, in which zipimport finds the entries of what Python starts from.

        zipimport takes for granted that a directory, of the size in the end record, lies immediately before that. Here the two ZIP64
        records lie between, so it begins to read that much behind where the directory begins, and corrects offsets accordingly.
        It stops at what is no entry.
        """
        if not self._is_split:
            return b""
        shift = self._end + _END64 + _LOCATOR - min(self._end, _MAX32)
        entries = b"".join(_central_entry(member, member.header_offset - shift, b"") for member in self._launcher)
        content = bytes(_END64 + _LOCATOR - _ENTRY - len(self._members[0].name) - 4) + entries + bytes(4)
        return struct.pack("<HH", _EXTRA_ID, len(content)) + content

    def _end_records(self, directory: int) -> bytes:
        count = here = len(self._members)
        versions = struct.pack("<HH", _UNIX | 45, 45)
        if self._is_split:
            here, versions = len(self._launcher), _DECOY  # zipimport compares the entries "on this disk" with what it found
        records = b""
        if self._is_split or count >= _MAX16 or directory >= _MAX32 or self._end >= _MAX32:
            records += struct.pack("<IQ4sIIQQQQ", 0x06064B50, _END64 - 12, versions, 0, 0, here, count, directory, self._end)
            records += struct.pack("<IIQI", 0x07064B50, 0, self._end + directory, 1)
        count = _MAX16 if self._is_split else min(count, _MAX16)
        here, directory, end = min(here, _MAX16), min(directory, _MAX32), min(self._end, _MAX32)
        return records + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, here, count, directory, end, 0)


def _name(path: str) -> bytes:
    name = path.encode("utf-8", "surrogateescape")
    if len(name) > _MAX16:
        raise BuildError(f"{path[:80]}...: a path in a ZIP archive has at most {_MAX16} bytes")
    return name


def _local_extra(member: Member) -> bytes:
    return struct.pack("<HHQQ", 1, 16, member.size, member.size) if member.size >= _MAX32 else b""


def _central_extra(member: Member) -> bytes:
    large = [member.size, member.size] if member.size >= _MAX32 else []
    if member.header_offset >= _MAX32:
        large.append(member.header_offset)
    return struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""


def _common(member: Member, extra: bytes) -> bytes:
    """The fields that the local header and the central entry share."""
    size = min(member.size, _MAX32)
    flags = 0 if member.path.isascii() else _UTF8
    return struct.pack("<HHHHHIIIHH", 45 if extra else 10, flags, 0, _TIME, _DATE, member.crc, size, size, len(member.name), len(extra))


def local_header(member: Member) -> bytes:
    """What precedes the content of a member that is placed and has its `crc`."""
    extra = _local_extra(member)
    return struct.pack("<I", 0x04034B50) + _common(member, extra) + member.name + extra


def _central_entry(member: Member, offset: int, more: bytes) -> bytes:
    """`offset`: what it says of the place of the local header; `more`: further extra fields."""
    extra = _central_extra(member) + more
    mode = stat.S_IFREG | (0o755 if member.executable else 0o644)
    return (
        struct.pack("<IH", 0x02014B50, _UNIX | 45)
        + _common(member, extra)
        + struct.pack("<HHHII", 0, 0, 0, mode << 16, min(offset, _MAX32))
        + member.name
        + extra
    )


def _content(member: Member) -> bytes:
    if not isinstance(member.content, (str, pathlib.Path)):
        return member.content
    descriptor = os.open(member.content, os.O_RDONLY)
    try:
        content = os.read(descriptor, _CHUNK + 1)
    finally:
        os.close(descriptor)
    _check_size(member, len(content))
    return _patched(content, 0, member.patches)


def _crc(member: Member) -> int:
    """The checksum of a large member."""
    with open(member.content, "rb", buffering=0) as file:
        if member.crc_of_file is not None:
            changes = [(offset, os.pread(file.fileno(), len(new), offset), new) for offset, new in member.patches]
            return crc32.changed(member.crc_of_file, member.size, changes)
        crc = at = 0
        chunk = memoryview(bytearray(_CHUNK))
        while size := file.readinto(chunk):
            crc = zlib.crc32(_patched(chunk[:size], at, member.patches), crc)
            at += size
    _check_size(member, at)
    return crc


def _is_large(member: Member) -> bool:
    return isinstance(member.content, (str, pathlib.Path)) and member.size > _CHUNK


def _write_members(members: "list[Member]", output: pathlib.Path) -> "list[int]":
    """Writes them with their local headers; returns their checksums."""
    position = 0
    with output.open("r+b", buffering=_CHUNK) as file:
        for member in members:
            if member.begin != position:
                file.seek(member.begin)
            file.write(bytes(member.header_offset - member.begin))
            position = member.offset + member.size
            if _is_large(member):
                member.crc = _crc(member)
                file.write(local_header(member))
                file.seek(member.offset)
                _copy(member, file.fileno())
                file.seek(position)
                continue
            content = _content(member)
            member.crc = zlib.crc32(content) if member.crc_of_file is None or member.patches else member.crc_of_file
            file.write(local_header(member))
            file.write(content)
    return [member.crc for member in members]


def _copy(member: Member, output: int) -> None:
    """Writes the content of a large member to the descriptor, whose offset it changes. Holes stay holes."""
    with open(member.content, "rb", buffering=0) as file:
        _check_size(member, os.fstat(file.fileno()).st_size)
        at = 0
        while at < member.size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # ENXIO: a hole up to the end
                break
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            os.lseek(output, member.offset + at, os.SEEK_SET)
            while at < end:
                copied = os.sendfile(output, file.fileno(), at, end - at)
                _check_size(member, member.size if copied else at)
                at += copied
    for offset, new in member.patches:
        os.pwrite(output, new, member.offset + offset)


def _check_size(member: Member, size: int) -> None:
    if size != member.size:
        raise BuildError(f"{member.content}: changed while it was packed: build again")


def _patched(chunk: "bytes | memoryview", at: int, patches: "tuple[tuple[int, bytes], ...]") -> "bytes | memoryview":
    """The chunk that begins at `at`, with what the patches put there."""
    for offset, new in patches:
        start, end = max(offset, at), min(offset + len(new), at + len(chunk))
        if start < end:
            chunk = b"".join((chunk[: start - at], new[start - offset : end - offset], chunk[end - at :]))
    return chunk
