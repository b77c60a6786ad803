"""The order of the native members, and what is remembered of them."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builder.objects import library, shared_object
from tests.launcher.programs import PATCHELF, manifest_of
from tools.builder.natives import NativeMembers
from tools.builder.patchelf import Patchelf
from tools.builder.zip_writer import Member


def natives_of(files: "dict[str, str | Path]", directory: Path) -> NativeMembers:
    return NativeMembers(manifest_of(files), os.uname().machine, frozenset({"libc.so.6"}), Patchelf(PATCHELF, directory))


def test_what_most_programs_do_not_load_lies_apart(tmp_path: Path) -> None:
    """Of the standard library, what is large or needs something large; small modules lie where the start is."""
    large = library(tmp_path / "liblarge.so", "const char large[2000000] = {1};")
    files = {
        "std/lib/liblarge.so": large,
        "std/lib/python3/a_large.so": library(tmp_path / "a_large.so", flags=["-Wl,--no-as-needed", large]),
        "std/lib/python3/b_small.so": library(tmp_path / "b_small.so"),
        "wheel/large.so": library(tmp_path / "large.so", "const char large[2000000] = {1};"),
        "wheel/small.so": library(tmp_path / "small.so"),
        "_main/main.py": "",
    }
    ordered = natives_of(files, tmp_path).in_layout_order([path for path in files if path.startswith("std/")])
    assert [path.rpartition("/")[2] for path in ordered] == ["b_small.so", "large.so", "small.so", "liblarge.so", "a_large.so"]


@pytest.mark.parametrize("is_needed", [True, False])
@pytest.mark.parametrize("make", [library, shared_object])
def test_no_plan_of_another_file_is_remembered(tmp_path: Path, make: Callable[..., Path], is_needed: bool) -> None:
    """A worker sees other files by the same path. What is needed, but has no SONAME, is a file that patchelf makes."""
    sizes = []
    for count in (1000, 100_000):
        text = f"const char constants[{count}] = {{1}};\n"
        files = {
            "_main/liba.so": make(tmp_path / "liba.so", text),
            "_main/libb.so": library(tmp_path / "libb.so", flags=["-Wl,--no-as-needed", tmp_path / "liba.so"] if is_needed else []),
            "_main/main.py": "",
        }
        directory = tmp_path / "patchelf"
        directory.mkdir(exist_ok=True)
        natives = natives_of(files, directory)
        placed = {path: Member(path, natives.files[path], 0, offset=0) for path in natives.files}
        plans = {path: plan for path, _, _, _, _, _, plan, *_ in natives.table(placed, (), 4096)[0]}
        copied, mapped = struct.unpack_from("<2Q", plans["_main/liba.so"], 40)
        parts = struct.iter_unpack("<4Q", plans["_main/liba.so"][72:])
        sizes.append(sum(size for _, size, _, _ in list(parts)[copied : copied + mapped]))
    assert sizes[1] - sizes[0] > 90_000
