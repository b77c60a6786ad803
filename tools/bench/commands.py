"""Starts the programs that make what is measured."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.bench.measure import Failed

# Of the machine, for downloads.
_NETWORK = {"http_proxy", "https_proxy", "no_proxy"}


def environment(home: str) -> dict[str, str]:
    """Of a program that somebody starts on a plain machine."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": home}


def run(command: Sequence[str | Path], *, directory: Path | None = None) -> None:
    """Runs a command without what Bazel and Python told us. Raises Failed with the errors of the command, or what it said last."""
    words = [str(word) for word in command]
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "XDG_CACHE_HOME") or name.startswith(("PIP_", "SSL_CERT_")) or name.lower() in _NETWORK
    }
    done = subprocess.run(
        words,
        cwd=directory,
        env={**environment(os.environ.get("HOME", "/")), **inherited},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stdout.strip().splitlines()
        errors = [line for line in said if "error" in line.lower()] or said
        raise Failed("\n    ".join([f"{' '.join(words)}: ended with status {done.returncode}", *errors[-10:]]))
