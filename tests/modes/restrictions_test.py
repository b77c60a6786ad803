"""A par that carries its Python runs where the kernel refuses what others that run from memory need."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.modes.running import ANYWHERE, PARS, ask, check, there
from tests.run.seccomp import deny

# Each tells whether the kernel permits what it tries.
EXECUTE_MEMORY_FILE = """
import os
try:
    os.memfd_create("x", 0x10)  # MFD_EXEC
except PermissionError:
    print("refused")
"""
EXECUTE_WRITTEN_MEMORY = """
import mmap
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE)
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except PermissionError:
    print("refused")
"""
PLACES = {"--no-exec-memfd": EXECUTE_MEMORY_FILE, "--no-exec-gain": EXECUTE_WRITTEN_MEMORY}


@pytest.fixture(params=sorted(PARS))
def par(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS[request.param], tmp_path / "x.par"))


@pytest.mark.parametrize("place", PLACES)
def test_runs(par: Path, place: str) -> None:
    check(ask([*there(place), par], *ANYWHERE), ANYWHERE)


@pytest.mark.parametrize("place", PLACES)
def test_the_place_is_restricted(place: str) -> None:
    command = [sys.executable, "-c", PLACES[place]]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""
    done = subprocess.run([*there(place), *command], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS])
def test_no_execveat(par: Path, error: int) -> None:
    """A filter that refuses to run programs without a path."""
    check(ask([par], *ANYWHERE, preexec_fn=lambda: deny("execveat", error)), ANYWHERE)
