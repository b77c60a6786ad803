"""What a par cannot carry is refused before anything is written."""

import dataclasses
import sys
from pathlib import Path

import pytest

from tools.builder import python_target
from tools.builder.errors import BuildError
from tools.builder.inspection import Inspections
from tools.builder.runtime import Runtime
from tools.builder.zip_writer import ZipLayout

PYTHON = python_target.describe(sys.executable)


def place(files: "dict[str, dict[str, Path]]", python: python_target.PythonTarget = PYTHON) -> None:
    paths = [Path(name) for name in ("stub", "audit", "interposer")]
    Runtime(files, True, *paths, linker_path="", inspections=Inspections()).place(ZipLayout(b""), python, {}, 4096, 0)


@pytest.mark.parametrize("flag", ["t", "d", "td"])
def test_free_threaded_and_debug_builds(flag: str) -> None:
    tag = "%d%d" % PYTHON.version
    suffix = PYTHON.extension_suffixes[0].replace(tag, tag + flag)
    other = dataclasses.replace(PYTHON, extension_suffixes=(suffix, *PYTHON.extension_suffixes[1:]))
    with pytest.raises(BuildError, match="free-threaded or debug build.*mode = \"system\""):
        place({"program": {"python": Path(sys.executable)}}, other)


@pytest.mark.parametrize("files", [{}, {"program": {"python": Path(sys.executable)}}, {"linker": {"ld.so": Path(sys.executable)}}])
def test_a_runtime_without_an_interpreter_or_a_linker(files: "dict[str, dict[str, Path]]") -> None:
    with pytest.raises(BuildError, match="no interpreter, or no ld.so"):
        place(files)
