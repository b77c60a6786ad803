"""Starts the pars of this package."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# What a program has that is started from a shell on a plain machine; Python adds LC_CTYPE to an environment without a locale.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
MODES = ["embedded", "full", "system"]
EX_USAGE = 64


def pars() -> "dict[str, Path]":
    """Name of the target -> file."""
    return {name: Path(path).absolute().resolve() for name, path in json.loads(os.environ["PARS"]).items()}


def run(
    command: "Sequence[str | Path]", *, status: int = 0, errors: str = "", variables: "dict[str, str]" = {}, **options: Any
) -> str:
    """Standard output of the command, which must end with this status and say this on standard error."""
    done = subprocess.run(
        command,
        **{"env": {**ENVIRONMENT, **variables}, "capture_output": True, "text": True, "check": False, **options},
    )
    assert (done.returncode, done.stderr) == (status, errors), f"status {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def report(command: "Sequence[str | Path]", **options: Any) -> "dict[str, Any]":
    """What the script `report` says."""
    return json.loads(run(command, **options))
