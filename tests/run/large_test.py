"""A par beyond the limits of the plain ZIP format, 65,535 members and 4 GiB, under every CPython of the machine and with its own."""

import functools
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builder.objects import library
from tests.launcher.programs import ENVIRONMENT, INTERPOSER, PATCHELF, manifest_of, write_tree
from tools.builder import par, python_target
from tools.builder.inspection import Inspections
from tools.builder.options import Options
from tools.builder.patchelf import Patchelf
from tools.builder.runtime import Runtime

INTERPRETERS = json.loads(os.environ["INTERPRETERS"])
RUNTIME = json.loads(Path(os.environ["RUNTIME"]).read_text(encoding="utf-8"))
PAR = os.environ["PAR_TOOL"]
MANY, LARGE = 66_000, (4 << 30) + 12_345
# Sorted, the large member comes before these: all that is read lies beyond 4 GiB.
SOURCES = {
    "_main/main.py": """
import ctypes, os, subprocess, sys
from package import behind
top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
reader = ctypes.CDLL(top + "/_main/libreader.so")
print(behind.__name__, os.stat(top + "/_main/a/large").st_size, len(os.listdir(top + "/_main/many/7")))
print(open(top + "/_main/many/65/999").read(), chr(reader.first((top + "/_main/text").encode())))
if sys.argv[1:]:
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", "from package import behind; print(behind.__name__)"], check=True)
""",
    "_main/package/__init__.py": "",
    "_main/package/behind.py": "",
    "_main/text": "Text",
}
READER = """
#include <stdio.h>
int first(const char *path) { FILE *file = fopen(path, "r"); return file ? fgetc(file) : '?'; }
"""


@functools.cache
def sources(directory: Path) -> "dict[str, Path]":
    files = write_tree(directory / "sources", {**SOURCES, "_main/a/large": "", "small": "small"})
    with files["_main/a/large"].open("r+b") as large:
        large.truncate(LARGE)
    small = files.pop("small")
    files |= {f"_main/many/{number // 1000}/{number % 1000}": small for number in range(MANY)}
    return {**files, "_main/libreader.so": library(directory / "libreader.so", READER)}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Path]":
    made = tmp_path_factory.mktemp("large")
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def system(directory: Path) -> Path:
    options = Options("_main/main.py", "_main", "/usr/bin/env python3", interposer=INTERPOSER)
    python = python_target.describe(sys.executable)
    par.build(manifest_of(sources(directory), ["_main"]), options, python, Patchelf(PATCHELF, directory), directory / "system.par")
    return directory / "system.par"


@pytest.fixture(scope="module")
def full(directory: Path) -> Path:
    files = {role: {name: Path(file) for name, file in files.items()} for role, files in RUNTIME["files"].items()}
    runtime = Runtime(files, True, Path(RUNTIME["stub"]), Path(RUNTIME["audit"]), INTERPOSER, "", Inspections())
    options = Options("_main/main.py", "_main", "")
    python = python_target.describe(RUNTIME["interpreter"])
    par.build(manifest_of(sources(directory), ["_main"]), options, python, Patchelf(PATCHELF, directory), directory / "full.par", runtime)
    return directory / "full.par"


def check(*command: "str | Path") -> None:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    expected = f"package.behind {LARGE} 1000\nsmall T\n" + "package.behind\n" * ("again" in command)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", expected)


@pytest.mark.parametrize("name", sorted(INTERPRETERS))
def test_system_mode(name: str, system: Path) -> None:
    check(INTERPRETERS[name]["path"], system)


@pytest.mark.parametrize("name", sorted(INTERPRETERS))
def test_zipfile_lists_all(name: str, system: Path) -> None:
    code = f"import zipfile; z = zipfile.ZipFile({str(system)!r}); print(len(z.namelist()), z.read('_main/text'), zipfile.is_zipfile({str(system)!r}))"
    done = subprocess.run([INTERPRETERS[name]["path"], "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{len(zipfile.ZipFile(system).namelist())} b'Text' True\n", "")
    assert int(done.stdout.split()[0]) > MANY + len(SOURCES)


def test_unzip_lists_all(system: Path) -> None:
    done = subprocess.run(["unzip", "-Z1", system], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == zipfile.ZipFile(system).namelist()


@pytest.mark.parametrize("mode", ["system", "full"])
def test_started_by_its_name_and_again_by_sys_executable(mode: str, request: pytest.FixtureRequest) -> None:
    check(request.getfixturevalue(mode), "again")


def test_verify(system: Path) -> None:
    assert system.stat().st_size > LARGE
    assert system.stat().st_blocks * 512 < 1 << 30, "the zeros are on the disk"
    done = subprocess.run([PAR, "verify", system], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
