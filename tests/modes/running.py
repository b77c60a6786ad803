"""Starts the probe (probe.py) as a par, and reads its answers."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.modes import place

# Mode -> the par of the probe in that mode.
PARS = {mode: Path(path).absolute().resolve() for mode, path in json.loads(os.environ["PARS"]).items()}
# What a program has that is started from a shell on a plain machine.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "A_VARIABLE": "of the user"}
# What works where there is no other program and no /dev/shm.
ANYWHERE = ["about", "modules", "names", "thread", "libgcc", "fork", "spawn", "interpreter", "daemon"]


def parse_answers(output: str) -> dict[str, Any]:
    """What the probe printed: question -> answer."""
    answers: dict[str, Any] = {}
    for line in output.splitlines():
        answers |= json.loads(line)
    return answers


def ask(
    command: "Sequence[str | Path]",
    *questions: str,
    env: Mapping[str, str] = ENVIRONMENT,
    **options: Any,
) -> dict[str, Any]:
    """The answers of the probe that `command` starts; `options` are those of subprocess.run."""
    done = subprocess.run([*command, *questions], env=dict(env), capture_output=True, text=True, check=False, **options)
    assert (done.returncode, done.stderr) == (0, ""), f"status {done.returncode}: {done.stdout}{done.stderr}"
    answers = parse_answers(done.stdout)
    assert answers, done.stdout
    return answers


def check(answers: dict[str, Any], questions: list[str]) -> None:
    """All is as it should be, in any place."""
    assert list(answers) == questions
    modules = answers["modules"]
    assert (modules["sqlite3"], modules["asyncio"], modules["decimal"]) == ([42], 42, "0.125")
    assert modules["ctypes"] == [True, 2]
    assert answers["thread"] == 20
    assert answers["fork"] == answers["spawn"] == [5050, True, True, 0]
    assert answers["interpreter"]["-c"] == [0, "['-c', 'a', 'b']\n", ""]
    assert answers["interpreter"]["again"] == [0, "1\n", ""]
    assert answers["daemon"] == "True sqlite3\n"
    about = answers["about"]
    assert about["encoding"] == ["utf-8", "utf-8"]
    assert about["version"].startswith(os.environ["VERSION"] + ".")
    par = about["file"].removesuffix("/_main/tests/modes/probe.py")
    assert about["standard_library"] == f"{par}/_python/lib/python{os.environ['VERSION']}/json/__init__.py"


def there(*options: "str | Path") -> list[str]:
    """What comes before a command that is to run in another place; the options are place.py's."""
    return [sys.executable, place.__file__, *map(str, options), "--"]


def in_root(root: Path, par: Path, *options: "str | Path") -> list[str]:
    """The command that runs a par as /x.par in a root file system of its own, made in the empty directory `root`."""
    return [*there(f"--root={root}", f"--copy={par}:x.par", *options), "/x.par"]


@contextlib.contextmanager
def copy_open_to_all(par: Path) -> Iterator[Path]:
    """A copy of the par that every user can reach: the directories of tests are often their own user's alone."""
    with tempfile.TemporaryDirectory(prefix="modes.", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        yield Path(shutil.copy(par, directory))


class HeldProbe:
    """A probe that has answered and is still there: a context manager.

    Attributes:
        pid: of the process.
        answers: question -> answer.
    """

    def __init__(self, par: Path, *questions: str, env: Mapping[str, str] = ENVIRONMENT):
        self._process = subprocess.Popen(
            [par, "--hold", *questions], env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        output = ""
        for line in self._process.stdout:
            if line == "\n":  # comes after the last answer
                break
            output += line
        else:
            raise AssertionError(f"the probe has ended, with status {self._process.wait()}")
        self.answers = parse_answers(output)

    def __enter__(self) -> "HeldProbe":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


def executable(par: Path) -> str:
    """The name by which a par is a Python: what the launcher gives to sys.executable."""
    return f"{par.parent}/.//{par.name}"
