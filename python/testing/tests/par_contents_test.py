import re
import sysconfig
import zipfile
from pathlib import Path

from rules_par_testing import native_members
from rules_par_testing.elf_names import read_elf_names


def a_library() -> Path:
    """Any shared object of this machine: the C library this process runs with."""
    maps = Path("/proc/self/maps").read_text()
    return Path(re.search(r"(/\S*/libc\.so\.6)$", maps, re.MULTILINE)[1])


def test_finds_shared_objects_by_content(tmp_path: Path) -> None:
    content = a_library().read_bytes()
    par = tmp_path / "x.par"
    par.write_bytes(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(par, "a") as archive:
        archive.writestr("_main/b/no_suffix", content)
        archive.writestr("_main/a/libc.so", content)
        archive.writestr("_main/a/fake.so", b"INPUT(libc.so.6)")
        archive.writestr("_main/a/empty.so", b"")
        archive.writestr("__main__.py", b"")
    members = native_members(par)
    assert [member.path for member in members] == ["_main/a/libc.so", "_main/b/no_suffix"]
    names = read_elf_names(content)
    assert {(member.soname, member.needed) for member in members} == {(names.soname, names.needed)}
    assert members[0].soname == "libc.so.6"
    assert members[0].name == "libc.so"


def test_a_par_without_native_code_has_none(tmp_path: Path) -> None:
    par = tmp_path / "x.par"
    with zipfile.ZipFile(par, "w") as archive:
        archive.writestr("os.py", Path(sysconfig.get_path("stdlib"), "os.py").read_bytes())
    assert native_members(par) == []
