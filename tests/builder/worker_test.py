"""The builder as a persistent worker of Bazel: one process, many actions."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher.programs import manifest_of, run, write_tree
from tools.builder import par

ROOT = Path(par.__file__).parents[2]


def lines_of(directory: Path, name: str, source: str) -> Path:
    """What the rule gives to the builder."""
    sources = write_tree(directory / name, {"_main/main.py": source, "_main/data": name})
    manifest = manifest_of(sources)
    lines = [json.dumps(["file", path, str(file)]) for path, file in sources.items()]
    lines += [json.dumps(["launcher", path, str(file)]) for path, file in manifest.launcher.items()]
    lines += [f"--output={directory}/{name}.par", f"--listing={directory}/{name}.json", "--main=_main/main.py", "--workspace=_main"]
    lines += [f"--python={sys.executable}", f"--interpreter={sys.executable}"]
    file = directory / f"{name}.params"
    file.write_text("\n".join(lines) + "\n")
    return file


class Worker:
    def __init__(self, *arguments: str):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        command = [sys.executable, "-m", "tools.builder.builder", *arguments]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *arguments: str, number: int = 0) -> "tuple[int, str]":
        request = {"arguments": arguments, "inputs": [], **({"requestId": number} if number else {})}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["requestId"] == number
        return answer["exitCode"], answer["output"]


@pytest.fixture
def worker() -> "Iterator[Worker]":
    started = Worker("--persistent_worker")
    yield started
    started.process.stdin.close()
    assert started.process.stdout.read() == ""
    assert started.process.wait() == 0


def test_many_pars(worker: Worker, tmp_path: Path) -> None:
    for number, name in enumerate(["one", "two", "three"]):
        assert worker.ask(f"--flagfile={lines_of(tmp_path, name, f'print({name!r})')}", number=number) == (0, "")
        assert run([tmp_path / f"{name}.par"]).stdout == f"{name}\n"
        assert json.loads((tmp_path / f"{name}.json").read_text())["mode"] == "system"


def test_a_worker_makes_the_same_bytes_as_a_program(worker: Worker, tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "app", "print({1, 'two', 3.0})")
    alone = Worker(f"--flagfile={lines}")
    assert alone.process.communicate()[0] == ""
    assert alone.process.returncode == 0
    expected = (tmp_path / "app.par").read_bytes()
    for _ in range(3):
        (tmp_path / "app.par").unlink()
        assert worker.ask(f"--flagfile={lines}") == (0, "")
        assert (tmp_path / "app.par").read_bytes() == expected


def test_an_error_is_answered_and_forgotten(worker: Worker, tmp_path: Path) -> None:
    good = lines_of(tmp_path, "good", "print('good')")
    bad = lines_of(tmp_path, "bad", "")
    bad.write_text(bad.read_text() + '["file", "../x", "y"]\n')
    assert worker.ask(f"--flagfile={bad}") == (1, f"{tmp_path}/bad.par: '../x': not a plain path inside the par")
    status, output = worker.ask(f"--flagfile={good}", "--no_such_flag")
    assert (status, "no_such_flag" in output) == (1, True)
    status, output = worker.ask(f"--flagfile={tmp_path}/none")
    assert (status, output.partition(": ")[2]) == (1, f"{tmp_path}/none: No such file or directory: mend that, and build again")
    assert worker.ask(f"--flagfile={good}") == (0, "")
    assert not (tmp_path / "bad.par").exists()


def test_flags_of_one_action_are_not_those_of_the_next(worker: Worker, tmp_path: Path) -> None:
    first = lines_of(tmp_path, "first", "")
    first.write_text(first.read_text() + "--entry_point=tool=main:run\n--host_library=libnone.so.1\n")
    assert worker.ask(f"--flagfile={first}") == (0, "")
    assert worker.ask(f"--flagfile={lines_of(tmp_path, 'second', '')}") == (0, "")
    members = [json.loads((tmp_path / f"{name}.json").read_text())["members"] for name in ("first", "second")]
    assert ["_python/bin/tool" in each for each in members] == [True, False]


def test_a_python_that_a_script_starts_is_asked_each_time(worker: Worker, tmp_path: Path) -> None:
    others = [path for path in (shutil.which(f"python3.{minor}") for minor in range(9, 20)) if path and not os.path.samefile(path, sys.executable)]
    assert others, "this test needs a second Python, 3.9 or newer, on PATH: install one"
    (tmp_path / "python").write_text(f'#!/bin/sh\nread line && exit 1\nexec "$(cat {tmp_path}/which)" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    versions = []
    lines = lines_of(tmp_path, "app", "import sys; print(*sys.version_info[:2], sep='.')")
    lines.write_text(lines.read_text().replace(f"--python={sys.executable}", f"--python={tmp_path}/python"))
    for path in (sys.executable, others[0], sys.executable):
        (tmp_path / "which").write_text(path)
        assert worker.ask(f"--flagfile={lines}") == (0, "")
        assert json.loads((tmp_path / "app.json").read_text())["python"] + "\n" == run([path, tmp_path / "app.par"]).stdout
