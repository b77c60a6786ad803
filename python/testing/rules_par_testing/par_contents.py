"""What is in a par, read from the file itself: a par is a ZIP archive."""

import os
import zipfile
from dataclasses import dataclass

from rules_par_testing.elf_names import read_elf_names


@dataclass(frozen=True)
class NativeMember:
    """A shared object in a par.

    Attributes:
        path: the member, such as `_main/app/libfast.so`.
        soname: its DT_SONAME as it is in the par, "" for none.
        needed: its DT_NEEDED as they are in the par.
    """

    path: str
    soname: str
    needed: tuple[str, ...]

    @property
    def name(self) -> str:
        return os.path.basename(self.path)


def native_members(par: "str | os.PathLike[str]") -> list[NativeMember]:
    """Every ELF shared object in the par, whatever its name; sorted by path. Programs are not shared objects."""
    found = []
    with zipfile.ZipFile(par) as archive:
        for path in sorted(archive.namelist()):
            with archive.open(path) as member:
                content = member.read(4)
                if content != b"\x7fELF":
                    continue
                names = read_elf_names(content + member.read())
            if names is not None and not names.executable:
                found.append(NativeMember(path, names.soname, names.needed))
    return found
