"""A par that is held alive after its program has ended, so that a test can look at the process and ask it questions.

The interpreter of the par's `#!` line runs it with -i: when main is done, Python goes on with what the test writes to
its standard input. Program, par and interpreter are the real ones.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# A program started from a shell on a plain machine; Python adds LC_CTYPE to an environment without a locale.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

_ANSWER = "--answer--"
_ASK = """
import json, sys, traceback
answer = {{}}
try:
    scope = {{"__name__": "question"}}
    exec({source!r}, scope)
    answer["result"] = scope.get("result")
except BaseException:
    answer["error"] = traceback.format_exc()
sys.stdout.write("\\n{mark}" + json.dumps(answer) + "\\n")
sys.stdout.flush()
"""


def interpreter_of(par: Path) -> list[str]:
    """The interpreter in the par's first line, as a command, without what it is to run."""
    with par.open("rb") as file:
        line = file.readline().decode()
    assert line.startswith("#!"), line
    return line[2:].partition(" -cimport ")[0].split()


class LivePar:
    """A running par; a context manager that ends it.

    Attributes:
        pid: of the process.
        output: what main has printed, once `ask` has been used.
    """

    def __init__(
        self,
        par: Path,
        arguments: Sequence[str] = (),
        *,
        interpreter: "Sequence[str] | None" = None,
        env: Mapping[str, str] = ENVIRONMENT,
        cwd: "Path | None" = None,
    ):
        """`interpreter` is a command to use instead of the one in the par's first line."""
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*(interpreter or interpreter_of(par)), "-i", par, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=dict(env),
            cwd=cwd,
        )
        self.pid = self._process.pid
        self.output = ""

    def __enter__(self) -> "LivePar":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._errors.close()

    def ask(self, source: str) -> Any:
        """Runs Python source in the process, after main; returns what it leaves in `result`, by way of JSON."""
        question = _ASK.format(source=source, mark=_ANSWER)
        self._process.stdin.write(f"exec({question!r}, {{}})\n".encode())
        self._process.stdin.flush()
        for line in self._process.stdout:
            text = line.decode(errors="replace")
            if text.startswith(_ANSWER):
                answer = json.loads(text[len(_ANSWER) :])
                assert "error" not in answer, f"{answer['error']}\n{self.errors()}"
                return answer["result"]
            self.output += text
        raise AssertionError(f"the par has ended, with status {self._process.wait()}:\n{self.output}{self.errors()}")

    def errors(self) -> str:
        """What the process has written to standard error."""
        # By another descriptor: the process writes at the offset that it shares with ours.
        with open(f"/proc/self/fd/{self._errors.fileno()}", "rb") as file:
            return file.read().decode(errors="replace")

    def load_natives(self, members: Sequence[str]) -> None:
        """Makes the process load these members: extension modules by importing them, the others as ctypes does. What belongs to
        the launcher comes along."""
        own = [member for member in members if not member.startswith("_rules_par/")]
        self.ask(f"PAR = {self._par_path()!r}\nMEMBERS = {own!r}\n{_LOAD_NATIVES}")

    def _par_path(self) -> str:
        return self.ask("import sys, os; result = os.path.abspath(sys.argv[0])")


_LOAD_NATIVES = """
import ctypes, importlib, importlib.machinery, os, sys

roots = sorted((os.path.relpath(each, PAR) for each in sys.path if (each + "/").startswith(PAR + "/")), key=len)
for member in MEMBERS:
    tail = next((each for each in importlib.machinery.EXTENSION_SUFFIXES if member.endswith(each)), None)
    within = [root for root in roots if root == "." or member.startswith(root + "/")]
    name = os.path.relpath(member, within[-1])[: -len(tail or "")].replace("/", ".") if within else ""
    initializer = b"PyInit_" + name.rpartition(".")[2].encode()
    with open(os.path.join(PAR, member), "rb") as file:
        is_module = bool(tail and name) and initializer in file.read()
    if is_module:
        importlib.import_module(name)
    else:
        ctypes.CDLL(os.path.join(PAR, member))
"""
