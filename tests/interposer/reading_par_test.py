"""Starts reading.py as a par."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from _rules_par.archive import Archive
from tests.modes import place

# Without PYTHONPATH, which the interpreter obeys.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
PARS = {mode: Path(path).absolute() for mode, path in json.loads(os.environ["PARS"]).items()}


def run(command: "list[str | Path]", mode: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**ENVIRONMENT, "MODE": mode, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("mode", sorted(PARS))
def test_c_code_reads_the_par(mode: str) -> None:
    done = run([PARS[mode], "--verbose"], mode)
    assert "skipped" not in done.stderr


_ERRORS = """
import os

def error(function, path):
    try:
        function(path)
    except OSError as error:
        return error.errno

directory = os.environ["HERE"]
print(error(os.stat, f"{directory}/file.txt"), error(os.listdir, directory))
"""


@pytest.mark.parametrize("check", [0, 0xFF])
@pytest.mark.parametrize("mode", ["embedded", "full"])
def test_a_damaged_directory_is_not_read(tmp_path: Path, mode: str, check: int) -> None:
    par = Path(shutil.copy(PARS[mode], tmp_path / "app.par"))
    par.chmod(0o755)
    archive = Archive(str(par))
    offset, size = archive.directory("_main/tests/interposer")[1]["directory"]
    assert run([par, "-c", _ERRORS], mode, PAR_INTERPRETER="1", HERE=f"{par}/_main/tests/interposer/directory").stdout == "None None\n"
    with par.open("r+b") as file:
        file.seek(offset + size - 8 - 4)  # the number of names
        file.write(b"\1\0\0\0")
        file.seek(offset + size - 1)
        file.write(bytes([check]))
    assert run([par, "-c", _ERRORS], mode, PAR_INTERPRETER="1", HERE=f"{par}/_main/tests/interposer/directory").stdout == f"{errno.EIO} {errno.EIO}\n"


PROGRAM = "ReadingTest.test_a_program_that_needs_what_lies_beside_it"


@pytest.mark.parametrize("mode", ["embedded", "full"])
def test_programs_where_nothing_in_memory_can_be_executed(mode: str) -> None:
    run([sys.executable, place.__file__, "--no-exec-memfd", "--", PARS[mode], PROGRAM, "ReadingTest.test_programs"], mode)


def test_programs_where_there_is_nothing_but_the_par(tmp_path: Path) -> None:
    run([sys.executable, place.__file__, f"--root={tmp_path}", f"--copy={PARS['full']}:x.par", "--", "/x.par", PROGRAM], "full")


def test_a_program_when_the_par_is_gone(tmp_path: Path) -> None:
    """The program of a par that was unlinked, or replaced, while it ran."""
    par = shutil.copy(PARS["full"], tmp_path / "app.par")
    code = f"import os, subprocess, unittest; os.unlink({str(par)!r}); print(subprocess.run([os.environ['HERE'] + '/program', '7']).returncode)"
    done = run([par, "-c", code], "full", PAR_INTERPRETER="1", HERE=f"{par}/_main/tests/interposer")
    assert done.stdout == "7\n"
