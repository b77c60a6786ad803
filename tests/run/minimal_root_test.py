"""Each example on a machine that gives it nothing: see minimal_root.py."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run import minimal_root

# name of the example -> [path of the par, arguments, regular expression for its output]
EXAMPLES = json.loads(os.environ["EXAMPLES"])


def run_minimal(tmp_path: Path, options: list[str], command: list[str]) -> "subprocess.CompletedProcess[str]":
    script = [sys.executable, minimal_root.__file__, str(tmp_path), *options, "--", *command]
    return subprocess.run(script, capture_output=True, text=True, check=False)


def test_there_is_nothing(tmp_path: Path) -> None:
    """The place is what it says it is: else the other tests here would show nothing."""
    look = """
import os
print(os.getuid() != 0, dict(os.environ), sorted(os.listdir("/")))
for directory in ["/", "/usr", "/etc"]:
    try:
        os.mkdir(directory + "/made")
        print("made", directory)
    except OSError as error:
        print(directory, error.strerror)
"""
    done = run_minimal(tmp_path, [], ["/usr/bin/python3", "-I", "-c", look])
    assert done.returncode == 0, done.stderr
    first, *attempts = done.stdout.splitlines()
    # LC_CTYPE is Python's own: PEP 538.
    assert re.fullmatch(r"True \{('LC_CTYPE': '[\w.-]+')?\} \[.*\]", first), first
    names = set(re.findall(r"'(\w+)'", first.partition("[")[2]))
    assert {"usr", "etc", "proc"} <= names <= {"usr", "etc", "proc", "bin", "lib", "lib32", "lib64"}
    assert [attempt.partition(" ")[2] for attempt in attempts] == ["Read-only file system"] * 3


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_runs(name: str, tmp_path: Path) -> None:
    par, arguments, expected = EXAMPLES[name]
    done = run_minimal(tmp_path, [f"--copy={par}:x.par"], ["/x.par", *arguments])
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(expected, done.stdout, re.DOTALL), done.stdout
