"""Starts reading.py as a par."""

import json
import os
import subprocess
from pathlib import Path

import pytest

PARS = {mode: Path(path).absolute() for mode, path in json.loads(os.environ["PARS"]).items()}


@pytest.mark.parametrize("mode", sorted(PARS))
def test_c_code_reads_the_par(mode: str) -> None:
    done = subprocess.run([PARS[mode], "--verbose"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "skipped" not in done.stderr
