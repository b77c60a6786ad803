"""Which programs of a par the stub is to start, for programs that the C compiler makes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.objects import library, program
from tests.launcher.programs import manifest_of
from tools.builder import python_target
from tools.builder.natives import NativeMembers
from tools.builder.patchelf import Patchelf

PYTHON = python_target.describe(sys.executable)


def linker_of(file: Path) -> str:
    """As `readelf` says it."""
    said = subprocess.run(["readelf", "-l", file], capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if "interpreter:" in line]
    return os.path.basename(line.rpartition(":")[2].strip(" ]"))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return program(tmp_path / "made/plain")


def members(tmp_path: Path, files: "dict[str, Path]", linker: str) -> NativeMembers:
    host = frozenset({"libc.so.6"})
    return NativeMembers(manifest_of(files), PYTHON.machine, host, Patchelf(os.environ["PATCHELF"], tmp_path), lambda name: False, linker=linker)


def test_one_that_needs_libc_only(tmp_path: Path, plain: Path) -> None:
    assert members(tmp_path, {"pkg/plain": plain}, linker_of(plain)).programs == {"pkg/plain": []}


def test_a_position_dependent_one(tmp_path: Path, plain: Path) -> None:
    fixed = program(tmp_path / "made/fixed", ["-no-pie"])
    assert members(tmp_path, {"pkg/fixed": fixed}, linker_of(plain)).programs == {"pkg/fixed": []}


def test_one_that_needs_libraries_of_the_par(tmp_path: Path, plain: Path) -> None:
    """Its library, and what that needs, which are found by the run path; both by the names that they have in this par."""
    inner = library(tmp_path / "made/libinner.so.1", "int inner(void) { return 1; }")
    outer = library(tmp_path / "made/libouter.so.1", "int inner(void);\nint outer(void) { return inner(); }", [inner])
    tool = program(tmp_path / "made/tool", [outer, inner, "-Wl,-rpath,$ORIGIN/../lib"], "int outer(void);\nint main(void) { return outer(); }")
    files = {"pkg/bin/tool": tool, "pkg/lib/libouter.so.1": outer, "pkg/lib/libinner.so.1": inner}
    natives = members(tmp_path, files, linker_of(plain))
    assert natives.programs == {"pkg/bin/tool": ["pkg/lib/libinner.so.1", "pkg/lib/libouter.so.1"]}
    assert len(natives.patches["pkg/bin/tool"]) == len(natives.listing()["pkg/bin/tool"]["needed"]) > 0


def test_others_stay_what_they_are(tmp_path: Path, plain: Path) -> None:
    """One that lacks a library, one without a dynamic linker, one for another; and where Python is the host's."""
    absent = library(tmp_path / "made/libabsent.so.1")
    lacking = program(tmp_path / "made/lacking", ["-Wl,--no-as-needed", absent])
    static = program(tmp_path / "made/static", ["-static", "-nostdlib", "-static-pie"], "void _start(void) { for (;;) {} }")
    foreign = program(tmp_path / "made/foreign", ["-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1"])
    files = {"pkg/lacking": lacking, "pkg/static": static, "pkg/foreign": foreign}
    natives = members(tmp_path, files, linker_of(plain))
    assert (natives.programs, natives.members) == ({}, {})
    assert members(tmp_path, {"pkg/plain": plain}, "").members == {}
