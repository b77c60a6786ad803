"""What each native member of a par asks of the host."""

import dataclasses
import re

from tools.par.contents import Contents, Native

# The dynamic linker itself; auditwheel asks nothing about it either. It comes with libc, whose versions say the same.
_LINKER = re.compile(r"ld-linux[\w.-]*\.so\.\d+|ld64\.so\.\d+")
_GLIBC = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")


@dataclasses.dataclass(frozen=True)
class Demand:
    """What one member asks of the host: all that it needs and no member of the par provides.

    Attributes:
        libraries: what it needs, without the dynamic linker -> the versions of symbols that it needs there.
        linker: the same of the dynamic linker, at most one.
        undefined: the symbols that it takes from them; only of members that the program itself opens.
        instructions: as Native has them.
        declared: libraries that the host has because somebody says so.
    """

    path: str
    libraries: "dict[str, frozenset[str]]"
    linker: "dict[str, frozenset[str]]"
    undefined: "frozenset[str]"
    instructions: str = ""
    declared: "frozenset[str]" = frozenset()


def of(contents: Contents) -> "list[Demand]":
    """The demands of all native members, by path."""
    natives = contents.natives
    # auditwheel looks at the symbols of extension modules and of what nothing else in the wheel needs.
    loaded_by_others = {path for native in natives.values() for paths in native.needed.values() for path in paths}
    return [_demand(native, native.path in loaded_by_others) for _, native in sorted(natives.items())]


def _demand(native: Native, is_loaded_by_others: bool) -> Demand:
    asked = {name: native.elf.versions.get(name, frozenset()) for name, paths in native.needed.items() if not paths}
    return Demand(
        native.path,
        {name: versions for name, versions in asked.items() if not _LINKER.fullmatch(name)},
        {name: versions for name, versions in asked.items() if _LINKER.fullmatch(name)},
        frozenset() if is_loaded_by_others and not native.elf.is_extension else native.undefined,
        native.instructions,
    )


def glibc_number(version: str) -> "tuple[int, ...] | None":
    """(2, 17) for "GLIBC_2.17"; None for what is no release of glibc."""
    match = _GLIBC.fullmatch(version)
    return tuple(map(int, match[1].split("."))) if match else None
