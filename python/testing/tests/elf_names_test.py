"""The names are those that binutils' readelf prints, for the libraries of the machine that runs the test."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rules_par_testing.elf_names import read_elf_names
from rules_par_testing.process_maps import read_process_maps


def mapped_libraries() -> list[str]:
    mapped = {m.path for m in read_process_maps(os.getpid()) if ".so" in m.name and m.in_filesystem}
    return sorted(mapped | {os.path.realpath(sys.executable), "/bin/sh"})


@pytest.mark.parametrize("path", mapped_libraries())
def test_agrees_with_readelf(path: str) -> None:
    names = read_elf_names(Path(path).read_bytes())
    report = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True, check=True).stdout
    assert names is not None
    assert list(names.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", report)
    assert names.executable == ("(SONAME)" not in report and ".so" not in path)
    assert [names.soname] == (re.findall(r"\(SONAME\).*\[(.*)\]", report) or [""])


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\n" * 100, Path(__file__).read_bytes()])
def test_other_files_have_none(content: bytes) -> None:
    assert read_elf_names(content) is None


def test_something_was_looked_at() -> None:
    assert any("libc.so" in path for path in mapped_libraries()), sys.executable
