"""Starts constructing.py as a par."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.modes import place

PARS = {mode: Path(path).absolute() for mode, path in json.loads(os.environ["PARS"]).items()}


def run(command: "list[str | Path]", **variables: str) -> None:
    done = subprocess.run([*command, "--verbose"], env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "destroyed\n"), done.stderr
    assert "skipped" not in done.stderr


@pytest.mark.parametrize("mode", sorted(PARS))
def test_libraries_are_constructed(mode: str) -> None:
    run([PARS[mode]])


def test_from_a_file_system_without_execution(tmp_path: Path) -> None:
    """There nothing can be mapped as code. Only a par that somebody else's Python opens can be there."""
    options = [f"--root={tmp_path}", "--base=/", f"--copy={PARS['system']}:x.par", "--no-exec-files"]
    interpreter = os.path.realpath(sys.executable)
    run([sys.executable, place.__file__, *options, "--", interpreter, "/x.par"], NO_EXEC="1")
