"""The order of the native members."""

import os
from pathlib import Path

from tests.builder.objects import library
from tests.launcher.programs import PATCHELF, manifest_of
from tools.builder.natives import NativeMembers
from tools.builder.patchelf import Patchelf


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
    manifest = manifest_of(files)
    natives = NativeMembers(manifest, os.uname().machine, frozenset({"libc.so.6"}), Patchelf(PATCHELF, tmp_path))
    ordered = natives.in_layout_order([path for path in files if path.startswith("std/")])
    assert [path.rpartition("/")[2] for path in ordered] == ["b_small.so", "large.so", "small.so", "liblarge.so", "a_large.so"]
