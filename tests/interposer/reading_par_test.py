"""Starts reading.py as a par."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
