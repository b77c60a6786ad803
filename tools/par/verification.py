"""Whether every byte of a par is as it was built, and its index says what is there."""

import posixpath
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from _rules_par.errors import DAMAGED, Refusal

from tools.builder import boot, deepfrozen, head, programs
from tools.builder.index import DEEPFROZEN, code_position, name_table
from tools.builder.zip_writer import Member, ZipLayout, local_header
from tools.par.contents import BOOT_RECORD, RUNTIME, Contents

_CHUNK = 1 << 20
_LAUNCHER = ("__main__.py", "_rules_par/", f"{RUNTIME}boot/")  # what the index of the program does not have


class Verification:
    """The result.

    Attributes:
        problems: a line each; none for a whole par.
    """

    def __init__(self, contents: Contents):
        self._contents = contents
        self._archive = contents.archive
        self._records = 0
        self.problems: "list[str]" = []
        if "start" not in contents.root:
            raise Refusal(DAMAGED, "was built by an older rules_par, without what this check needs: build it again")
        self._members = self._place_members()
        compiled = [member for path, member in self._members.items() if path.endswith((".pyc", DEEPFROZEN))]
        self._codes = {code_position(member) for member in compiled}
        for check in (self._archive_itself, self._index):
            self.problems += _guarded(check)
        self.problems = list(dict.fromkeys(self.problems))

    def _place_members(self) -> "dict[str, Member]":
        """Lays the members out again, as the builder did."""
        entries = self._contents.entries.values()
        length, self._start_check = self._contents.root["start"]
        self._layout = ZipLayout(self._archive.read_at(0, length))
        members = {}
        for entry in entries:
            member = Member(entry.filename, b"", entry.file_size, bool(entry.external_attr >> 16 & 0o111), crc=entry.CRC)
            # Wherever there is room before it: an alignment of which the wanted place is the first multiple.
            alignment = max(entry.header_offset + len(local_header(member)), 1)
            self._layout.place(member, alignment, self._contents.mode == "system" and head.is_for_zipimport(member.path))
            if member.header_offset != entry.header_offset:
                self.problems.append(f"{entry.filename}: the ZIP directory has another place for it")
            members[entry.filename] = member
        return members

    def _archive_itself(self) -> "Iterator[str]":
        """Everything that the index says nothing about."""
        read = self._archive.read_at
        size = self._archive.status.st_size
        if head.start_check(self._layout.start) != self._start_check:
            yield "the bytes before the first member have changed"
        if self._contents.mode != "system":
            yield from self._stub_header()
        end = len(self._layout.start)
        for path, member in self._members.items():
            header = local_header(member)
            if read(member.header_offset, len(header)) != header:
                yield f"{path}: its ZIP header has changed"
            if any(read(end, max(member.header_offset - end, 0))):
                yield f"{path}: the bytes before it have changed"
            if self._crc(member) != member.crc:
                yield f"{path}: its content has changed"
            end = member.offset + member.size
        tail = self._layout.tail()
        if end + len(tail) != size or read(end, size - end) != tail:
            yield "the ZIP directory has changed"

    def _stub_header(self) -> "Iterator[str]":
        at = self._layout.start.find(head.MAGIC)
        found = self._layout.start[at : at + boot.HEADER_SIZE]
        record, startable, root = self._members[BOOT_RECORD], self._members.get(programs.PATH), self._archive.root
        positions = [struct.unpack_from("<QQ", found, 24), (record.offset, record.size), root["index"], root["tree"]]
        positions.append((startable.offset, startable.size) if startable else (0, 0))
        wanted = boot.header(self._archive.status.st_size, *positions)
        if found != wanted:
            yield "the header has changed"

    def _crc(self, member: Member) -> int:
        crc = 0
        for at in range(0, member.size, _CHUNK):
            crc = zlib.crc32(self._archive.read_at(member.offset + at, min(_CHUNK, member.size - at)), crc)
        return crc

    def _index(self) -> "Iterator[str]":
        """The records, against the members."""
        self._records = 1
        root = self._contents.root
        found: "set[str]" = set()
        yield from self._directory("", found)
        for path in self._members:
            if path not in found and not path.startswith(_LAUNCHER):
                yield f"{path}: is not in the index"
        _, main, *code = root["main"]
        if main not in found or not self._is_code(*code):
            yield f"{main}: the index has another main module"
        frozen = [member.offset for path, member in self._members.items() if path.endswith(DEEPFROZEN)]
        names = self._members.get(deepfrozen.PATH)
        if root["code"] != ((min(frozen), names.offset, names.size) if frozen and names else (0, 0, 0)):
            yield "the index has another place for the code"
        scripts = self._record(root["scripts"], {})
        for name, path in scripts.items():
            if path not in found:
                yield f"{path}: script {name} is not in the par"
        for name in root["entry_points"]:
            if name not in scripts:
                yield f"{name}: the index has no such script"
        yield from self._natives()

    def _directory(self, path: str, found: "set[str]") -> "Iterator[str]":
        files, directories, modules, table = self._archive.directory(path)
        self._records += 1
        if table != name_table(files, directories):
            yield f"{path or '/'}: the index has another table of its names"
        for name, (offset, size, executable) in files.items():
            member = self._members.get(posixpath.join(path, name))
            if not member or (member.offset, member.size, member.executable) != (offset, size, bool(executable)):
                yield f"{posixpath.join(path, name)}: the index has something else"
            else:
                found.add(member.path)
        for name in directories:
            yield from self._directory(posixpath.join(path, name), found)
        for tail, (_, file, *code) in modules.items():
            if posixpath.join(path, file) not in self._members or not self._is_code(*code):
                yield f"{posixpath.join(path, file)}: the index has another place for the code of module {tail}"

    def _is_code(self, offset: int, size: int) -> bool:
        """Whether what lies there is the code in some byte code file; (0, 0) is for a module without."""
        return (offset, size) == (0, 0) or (offset, size) in self._codes

    def _natives(self) -> "Iterator[str]":
        members, by_path, by_name = self._record(self._contents.root["natives"], ((), {}, {}))
        for path, offset, size, needed, cycle, patches, *_ in members:
            member = self._members.get(path)
            if not member or (member.offset, member.size) != (offset, size):
                yield f"{path}: the index has another place for the library"
            if any(number >= len(members) for number in (*needed, *cycle, *(patch[2] for patch in patches))):
                yield f"{path}: the index has libraries for it that are not there"
        outside, _ = self._record(self._contents.root["outside"], ({}, ()))
        for name, number in (*by_path.items(), *by_name.items(), *outside.items()):
            if number >= len(members):
                yield f"{name}: the index has a library for it that is not there"

    def _record(self, position: "tuple[int, int]", otherwise: Any) -> Any:
        if not position[1]:
            return otherwise
        self._records += 1
        return self._archive.record(position)

    def report(self) -> dict:
        """For machines."""
        return {"members": len(self._members), "records": self._records, "size": self._archive.status.st_size, "problems": self.problems}

    def lines(self) -> "list[str]":
        """For people."""
        return [f"whole: {len(self._members)} members, {self._records} records of the index, {self._archive.status.st_size} bytes"]


def _guarded(check: "Callable[[], Iterator[str]]") -> "list[str]":
    """What the check finds, also when it cannot go on."""
    problems = []
    try:
        for problem in check():
            problems.append(problem)
    except (ValueError, EOFError, TypeError, KeyError, IndexError, OSError, OverflowError, struct.error) as error:
        problems.append(f"the index cannot be followed: {error}")
    return problems
