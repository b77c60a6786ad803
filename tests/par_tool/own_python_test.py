"""The audit and the check of pars that carry their Python."""

import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.par_tool import pars
from tools.par.audit import Audit, TooMuch
from tools.par.contents import Contents

EMBEDDED, FULL = Path(os.environ["EMBEDDED"]), Path(os.environ["FULL"])


def newest_by_readelf(par: Path, directory: Path) -> "tuple[int, ...]":
    """The newest version of glibc's symbols that any ELF file of the par needs, as binutils read them."""
    found = set()
    with zipfile.ZipFile(par) as archive:
        for path in archive.namelist():
            with archive.open(path) as member:
                if member.read(4) != b"\x7fELF":
                    continue
            file = archive.extract(path, directory)
            text = subprocess.run(["readelf", "--version-info", "--wide", file], stdout=subprocess.PIPE, text=True, check=True).stdout
            needs = text.partition("Version needs section")[2]
            found |= {tuple(map(int, version.split("."))) for version in re.findall(r"Name: GLIBC_([\d.]+)", needs)}
    return max(found)


def test_embedded(tmp_path: Path) -> None:
    audit = Audit(Contents(EMBEDDED))
    report = audit.report()
    assert (report["mode"], report["python_of_host"]) == ("embedded", None)
    assert audit.glibc == newest_by_readelf(EMBEDDED, tmp_path)
    # Python itself is part of what is audited, and what it brings along is not the host's.
    assert any(path.startswith("_python/boot/python") or "libpython" in path for path in report["libraries_of_host"]["libc.so.6"]["needed_by"])
    assert all(re.match(r"lib(c|m|dl|rt|util|pthread|gcc_s|stdc\+\+|resolv)\.so|ld", name) for name in report["libraries_of_host"])
    with pytest.raises(TooMuch, match='_python/.* of libc.so.6 .*: register a Python runtime made for an older glibc, or say mode = "full"'):
        audit.require("manylinux2014", frozenset())


def test_full_needs_nothing() -> None:
    audit = Audit(Contents(FULL))
    report = audit.report()
    assert (report["mode"], report["policy"], report["glibc"], report["libraries_of_host"]) == ("full", None, None, {})
    assert len(report["members"]) > 20
    text = "\n".join(audit.lines())
    assert "any: the par takes nothing from the host" in text
    assert "none of the host is needed" in text
    audit.require("manylinux_2_17", frozenset())


def test_whole() -> None:
    for par in (EMBEDDED, FULL):
        assert pars.report("verify", par)["problems"] == []


def test_changed_bytes(tmp_path: Path) -> None:
    content = FULL.read_bytes()
    header = content.find(b"RULESPAR")
    entries = {entry.filename: entry for entry in zipfile.ZipFile(FULL).infolist()}
    boot, linker = entries["_rules_par/boot"], next(entry for path, entry in entries.items() if path.startswith("_python/boot/ld"))
    regions = {
        4000: "the bytes before the first member",
        header: "",
        header + 12: "the header",  # flags
        header + 17: "bytes, was built with",
        header + 40: "the header",  # place of the boot record
        boot.header_offset + 30 + len(boot.filename) + 3: "_rules_par/boot",
        linker.header_offset - 2: "the bytes before it",
        linker.header_offset + 30 + len(linker.filename) + 70000: f"{linker.filename}: its content",
        len(content) - 3: "",
    }
    for position, found in pars.flipped(FULL, tmp_path / "copy.par", list(regions)):
        assert found and regions[position] in "\n".join(found), (position, regions[position], found)
