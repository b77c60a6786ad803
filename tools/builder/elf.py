"""What the builder needs to know of an ELF object, read once, with pyelftools."""

import dataclasses
import mmap
import pathlib
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.builder.errors import BuildError

# Imported when a file has to be read: in an action there is no byte code of it, and to compile it takes a third of a second.
if TYPE_CHECKING:
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile

_DF_STATIC_TLS, _DF_1_PIE = 0x10, 0x08000000
_WEAK = 2  # STB_WEAK
# What a file that is no ELF file after its first bytes leads to.
_BROKEN = (struct.error, ValueError, LookupError, OverflowError, TypeError, AttributeError)


@dataclasses.dataclass(frozen=True)
class Name:
    """A string of the dynamic string table, and where in the file it stands."""

    text: str
    offset: int


@dataclasses.dataclass(frozen=True)
class Needed:
    """One DT_NEEDED: the name, and the index of its entry in the dynamic array."""

    name: Name
    index: int


@dataclasses.dataclass(frozen=True)
class Elf:
    """A shared object, or a program.

    Attributes:
        machine: as `uname -m` says it, "x86_64".
        soname: DT_SONAME, None without one.
        needed: every DT_NEEDED.
        version_files: the names that version requirements (verneed) refer to.
        versions: required versions, name -> {version, ...}: {"libc.so.6": {"GLIBC_2.17"}}.
        rpath, runpath: search directories as written.
        dynamic: (offset in the file, size of an entry, number of entries) of the dynamic array.
        is_extension: it defines a PyInit_ function.
        static_tls: bytes that it needs in every thread's block of static TLS, alignment included.
        interpreter: of a program, the path of its dynamic linker (PT_INTERP), "" without one; None: it is a library.
    """

    machine: str
    soname: "Name | None"
    needed: "tuple[Needed, ...]"
    version_files: "tuple[Name, ...]"
    versions: "dict[str, frozenset[str]]"
    rpath: "tuple[str, ...]"
    runpath: "tuple[str, ...]"
    dynamic: "tuple[int, int, int]"
    is_extension: bool
    static_tls: int = 0
    interpreter: "str | None" = None


# e_machine -> what uname(2) calls it. pyelftools' own names are for people.
_MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64", "EM_PPC64": "ppc64le", "EM_S390": "s390x", "EM_RISCV": "riscv64", "EM_386": "i686", "EM_ARM": "armv7l"}


def read(path: str, content: mmap.mmap, with_programs: bool = False) -> "Elf | None":
    """None for an ELF file that is linked with nothing at run time, such as an object file, and for a program unless
    `with_programs`. Raises BuildError for a broken one."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(content)
        if elf["e_type"] != "ET_DYN" and not (with_programs and elf["e_type"] == "ET_EXEC"):
            return None
        segments = list(elf.iter_segments())
        dynamic = next((segment for segment in segments if segment["p_type"] == "PT_DYNAMIC"), None)
        if dynamic is None:
            return None
        tags = list(dynamic.iter_tags())
        is_program = elf["e_type"] == "ET_EXEC" or _is_program(segments, tags)
        if is_program and not with_programs:
            return None
        return _read(elf, segments, dynamic, tags, content, is_program)
    except (ELFError, *_BROKEN) as error:
        raise BuildError(f"{path}: is a damaged ELF file ({error}): fetch or build it again") from error


def undefined_symbols(path: str, content: mmap.mmap) -> "frozenset[str]":
    """The dynamic symbols that another object must have; those not that may be missing (weak ones)."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(content)
        segments = list(elf.iter_segments())
        loads, dynamic = _Loads(segments), next(segment for segment in segments if segment["p_type"] == "PT_DYNAMIC")
        values = {tag.entry.d_tag: tag.entry.d_val for tag in dynamic.iter_tags()}
        strings = loads.offset(values["DT_STRTAB"])
        found = [name for name, binding, section in _symbols(elf, loads, dynamic, values, content) if not section and binding != _WEAK]
        return frozenset(content[strings + name : content.find(b"\0", strings + name)].decode() for name in found)
    except (ELFError, *_BROKEN) as error:
        raise BuildError(f"{path}: is a damaged ELF file ({error}): fetch or build it again") from error


def to_json(about: Elf) -> dict:
    """What JSON can hold, and from_json reads."""
    return {**dataclasses.asdict(about), "versions": {name: sorted(versions) for name, versions in about.versions.items()}}


def from_json(values: dict) -> Elf:
    """The Elf that to_json was given."""
    return Elf(**{
        **values,
        "soname": values["soname"] and Name(**values["soname"]),
        "needed": tuple(Needed(Name(**each["name"]), each["index"]) for each in values["needed"]),
        "version_files": tuple(Name(**each) for each in values["version_files"]),
        "versions": {name: frozenset(versions) for name, versions in values["versions"].items()},
        **{name: tuple(values[name]) for name in ("rpath", "runpath", "dynamic")},
    })


class _Loads:
    """Where in the file an address is. ELFFile can tell, and reads all program headers for each address."""

    def __init__(self, segments: list):
        headers = [segment.header for segment in segments if segment.header["p_type"] == "PT_LOAD"]
        self._loads = [(header["p_vaddr"], header["p_filesz"], header["p_offset"]) for header in headers]

    def offset(self, address: int) -> int:
        for start, size, offset in self._loads:
            if start <= address < start + size:
                return address - start + offset
        raise ValueError(f"no segment holds the address {address:#x}")


def _is_program(segments: list, tags: list) -> bool:
    is_pie = any(tag.entry.d_tag == "DT_FLAGS_1" and tag.entry.d_val & _DF_1_PIE for tag in tags)
    has_interpreter = any(segment["p_type"] == "PT_INTERP" for segment in segments)
    return is_pie or (has_interpreter and not any(tag.entry.d_tag == "DT_SONAME" for tag in tags))


def needed(path: pathlib.Path) -> "tuple[str, ...]":
    """The DT_NEEDED of any ELF file, a program as well."""
    from elftools.elf.elffile import ELFFile

    with path.open("rb") as file:
        segments = ELFFile(file).iter_segments("PT_DYNAMIC")
        return tuple(tag.needed for segment in segments for tag in segment.iter_tags("DT_NEEDED"))


def _read(elf: "ELFFile", segments: list, dynamic: "DynamicSegment", tags: list, content: mmap.mmap, is_program: bool) -> Elf:
    loads = _Loads(segments)
    values = {tag.entry.d_tag: tag.entry.d_val for tag in tags}
    strings = loads.offset(values["DT_STRTAB"])

    def name(offset: int) -> Name:
        start = strings + offset
        return Name(content[start : content.find(b"\0", start)].decode(), start)

    def search(tag: str) -> "tuple[str, ...]":
        return tuple(part for part in name(values[tag]).text.split(":") if part) if tag in values else ()

    files, versions = _version_requirements(elf, loads, values, content, name)
    return Elf(
        machine=_MACHINES.get(elf["e_machine"], elf["e_machine"]),
        soname=name(values["DT_SONAME"]) if "DT_SONAME" in values else None,
        needed=tuple(Needed(name(tag.entry.d_val), index) for index, tag in enumerate(tags) if tag.entry.d_tag == "DT_NEEDED"),
        version_files=files,
        versions=versions,
        rpath=search("DT_RPATH"),
        runpath=search("DT_RUNPATH"),
        dynamic=(dynamic["p_offset"], elf.elfclass // 4, len(tags)),
        is_extension=content.find(b"PyInit_") >= 0 and _defines(elf, loads, dynamic, values, content, strings, b"PyInit_"),
        static_tls=sum(segment["p_memsz"] + segment["p_align"] for segment in segments if segment["p_type"] == "PT_TLS")
        if values.get("DT_FLAGS", 0) & _DF_STATIC_TLS
        else 0,
        interpreter=next((segment.get_interp_name() for segment in segments if segment["p_type"] == "PT_INTERP"), "") if is_program else None,
    )


def _defines(
    elf: "ELFFile", loads: _Loads, dynamic: "DynamicSegment", values: dict, content: mmap.mmap, strings: int, start: bytes
) -> bool:
    """Whether a dynamic symbol that begins so is defined."""
    return any(
        section and content[strings + name : strings + name + len(start)] == start
        for name, _, section in _symbols(elf, loads, dynamic, values, content)
    )


def _symbols(
    elf: "ELFFile", loads: _Loads, dynamic: "DynamicSegment", values: dict, content: mmap.mmap
) -> "Iterator[tuple[int, int, int]]":
    """(offset of the name, binding, section) of each dynamic symbol. Elfxx_Sym is read by hand: pyelftools takes 0.5 ms for each."""
    fields, info, section = ("IBBHQQ", 1, 3) if elf.elfclass == 64 else ("IIIBBH", 3, 5)
    entry = struct.Struct(("<" if elf.little_endian else ">") + fields)
    table = loads.offset(values["DT_SYMTAB"])
    for symbol in entry.iter_unpack(content[table : table + entry.size * dynamic.num_symbols()]):
        yield symbol[0], symbol[info] >> 4, symbol[section]


def _version_requirements(elf: "ELFFile", loads: _Loads, values: dict, content: mmap.mmap, name) -> tuple:
    """The chain of Elfxx_Verneed records (gabi/GNU symbol versioning); same layout in both classes."""
    files, versions = [], {}
    order = "<" if elf.little_endian else ">"
    at = loads.offset(values["DT_VERNEED"]) if "DT_VERNEED" in values else None
    for _ in range(values.get("DT_VERNEEDNUM", 0) if at is not None else 0):
        _, count, file, auxiliary, following = struct.unpack_from(f"{order}HHIII", content, at)
        files.append(name(file))
        needs = versions.setdefault(files[-1].text, set())
        entry = at + auxiliary
        for _ in range(count):
            version, skip = struct.unpack_from(f"{order}8xII", content, entry)
            needs.add(name(version).text)
            entry += skip
        if not following:
            break  # the last one, whatever the count says
        at += following
    return tuple(files), {file: frozenset(names) for file, names in versions.items()}
