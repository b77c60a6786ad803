"""Starts reading.py as a par."""

import json
import os
import subprocess
from pathlib import Path

import pytest

# Without PYTHONPATH, which the interpreter obeys.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
PARS = {mode: Path(path).absolute() for mode, path in json.loads(os.environ["PARS"]).items()}


@pytest.mark.parametrize("mode", sorted(PARS))
def test_c_code_reads_the_par(mode: str) -> None:
    done = subprocess.run([PARS[mode], "--verbose"], env={**ENVIRONMENT, "MODE": mode}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "skipped" not in done.stderr
