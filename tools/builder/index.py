"""The index records that the launcher reads (ARCHITECTURE.md, section 3)."""

import marshal
import posixpath

from tools.builder.python_target import PYC_HEADER
from tools.builder.zip_writer import Member

_MARSHAL_VERSION = 2  # readable by every CPython 3, and without references, so the same data gives the same bytes
DEEPFROZEN = ".deepfrozen"  # the suffix of its members
MODULE, PACKAGE, EXTENSION, EXTENSION_PACKAGE, BYTECODE, BYTECODE_PACKAGE = range(6)
# The last eight bytes of a record are the rest of the record, as a number, modulo this prime: a checksum that Python has
# without importing anything.
CHECK = (1 << 61) - 1


class IndexWriter:
    """Collects records, each at a known offset of the file."""

    def __init__(self, offset: int):
        self._start = self._offset = offset
        self._records: "list[bytes]" = []

    def add(self, record) -> "tuple[int, int]":
        """The (offset, size) of the record."""
        data = marshal.dumps(record, _MARSHAL_VERSION)
        data += (int.from_bytes(data, "little") % CHECK).to_bytes(8, "little")
        position = self._offset, len(data)
        self._records.append(data)
        self._offset += len(data)
        return position

    @property
    def span(self) -> "tuple[int, int]":
        """The (offset, size) of all records so far."""
        return self._start, self._offset - self._start

    def content(self) -> bytes:
        return b"".join(self._records)


def name_table(files: dict, directories: dict) -> bytes:
    """The fourth part of a directory's record, by which the interposer finds a name; none is of a file and of a directory. In version 2 of
    marshal the parts of a record follow each other as each is by itself."""
    places = {}
    at = len(b"(") + 4
    for names in files, directories:
        at += len(b"{")
        for name, value in names.items():
            places[name] = at
            at += len(marshal.dumps(name, _MARSHAL_VERSION)) + len(marshal.dumps(value, _MARSHAL_VERSION))
        at += len(b"0")
    return b"".join(number.to_bytes(4, "little") for number in [*(places[name] for name in sorted(places)), len(places)])


def add_tree(index: IndexWriter, members: "list[Member]", extension_suffixes: "tuple[str, ...]", cache_tag: str) -> "tuple[int, int]":
    """Adds the record of every directory, the innermost first; returns where the top one is."""
    files: "dict[str, dict[str, Member]]" = {"": {}}
    children: "dict[str, set[str]]" = {"": set()}
    for member in members:
        directory, _, name = member.path.rpartition("/")
        own = files.get(directory)
        if own is not None:
            own[name] = member
            continue
        files[directory] = {name: member}
        while directory:
            parent, _, name = directory.rpartition("/")
            children.setdefault(parent, set()).add(name)
            directory = parent
    positions: "dict[str, tuple[int, int]]" = {}
    for directory in sorted(set(files) | set(children), key=lambda path: (-path.count("/") - bool(path), path)):
        own = files.get(directory, {})
        below = sorted(children.get(directory, ()))
        modules = _modules(directory, own, files, below, extension_suffixes, cache_tag)
        entries = {name: (own[name].offset, own[name].size, _executable(own[name])) for name in sorted(own)}
        inner = {name: positions[posixpath.join(directory, name)] for name in below}
        positions[directory] = index.add((entries, inner, {name: modules[name] for name in sorted(modules)}, name_table(entries, inner)))
    return positions[""]


def _executable(member: Member) -> "bool | int":
    """Of a program that the stub can start also its number."""
    return 1 + member.program if member.program else member.executable


def compiled_paths(source: str, cache_tag: str) -> "tuple[str, str]":
    """Where the byte code of a source file lies (PEP 3147), and where its deep-frozen code."""
    directory, name = posixpath.split(source)
    stem = posixpath.join(directory, "__pycache__", f"{name[: -len('.py')]}.{cache_tag}")
    return f"{stem}.pyc", f"{stem}{DEEPFROZEN}"


def code_position(*compiled: "Member | None") -> "tuple[int, int]":
    """Where the code is in the file of which there is one: behind the header of a byte code file; (0, 0) without any."""
    for member in compiled:
        header = 0 if member is None or member.path.endswith(DEEPFROZEN) else PYC_HEADER
        if member is not None and member.size > header:
            return member.offset + header, member.size - header
    return 0, 0


def _modules(directory: str, own: dict, files: dict, below: "list[str]", extension_suffixes: tuple, cache_tag: str) -> dict:
    """What can be imported from a directory, by importlib's FileFinder: a package wins over a module, and of one name the
    first suffix in its order."""
    kinds = {**dict.fromkeys(extension_suffixes, EXTENSION), ".py": MODULE, ".pyc": BYTECODE}
    order = list(kinds)
    modules, ranks = {}, {}
    for name, member in own.items():
        tail, dot, rest = name.partition(".")
        suffix = dot + rest
        kind = kinds.get(suffix)
        if kind is None or not tail or order.index(suffix) > ranks.get(tail, len(order)):
            continue
        ranks[tail] = order.index(suffix)
        modules[tail] = (kind, name, *_position(kind, directory, tail, member, files, cache_tag))
    for child in below:
        inside = posixpath.join(directory, child)
        for suffix, kind in kinds.items():
            member = files.get(inside, {}).get(f"__init__{suffix}")
            if member is not None:
                position = _position(kind, inside, "__init__", member, files, cache_tag)
                modules[child] = (kind + 1, f"{child}/__init__{suffix}", *position)
                break
    return modules


def _position(kind: int, directory: str, stem: str, member: Member, files: dict, cache_tag: str) -> "tuple[int, int]":
    if kind == MODULE:
        cache = files.get(posixpath.join(directory, "__pycache__"), {})
        return code_position(cache.get(f"{stem}.{cache_tag}.pyc"), cache.get(f"{stem}.{cache_tag}{DEEPFROZEN}"))
    return code_position(member) if kind != EXTENSION else (0, 0)
