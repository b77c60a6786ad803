"""Running programs by turns."""

import sys
from pathlib import Path

import pytest

from tools.bench.measure import Command, Failed, Series, by_turns, run


def _python(code: str, *arguments: str) -> Command:
    return Command((sys.executable, "-I", "-c", code, *arguments), {})


def test_turns(tmp_path: Path) -> None:
    note = tmp_path / "note"
    program = "import sys; open(sys.argv[1], 'a').write(sys.argv[2])"
    commands = {name: _python(program, str(note), name) for name in "ABC"}
    before: list[str] = []
    series = by_turns(commands, 7, warm_up=1, before=before.append)
    done = note.read_text()
    turns = [done[at : at + 3] for at in range(0, len(done), 3)]
    assert [sorted(turn) for turn in turns] == [["A", "B", "C"]] * 8
    assert len(set(turns)) > 1, "the order changes"
    assert before == list(done)
    assert [len(series[name].wall) for name in "ABC"] == [7, 7, 7]


def test_time_of_the_processor_is_that_of_children_too() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    _, cpu = run(_python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"))
    assert cpu >= 0.3


def test_environment_is_that_of_the_command() -> None:
    run(Command((sys.executable, "-I", "-c", "import os; assert os.environ['ONLY'] == 'this' and 'HOME' not in os.environ"), {"ONLY": "this"}))


def test_failure_has_the_status() -> None:
    with pytest.raises(Failed, match="ended with status 7"):
        run(_python("raise SystemExit(7)"))
    with pytest.raises(Failed, match="ended with status -9"):
        run(_python("import os; os.kill(os.getpid(), 9)"))


def test_who_fails_later_is_left_out(tmp_path: Path) -> None:
    """The others are measured nevertheless."""
    program = "import os, sys; os.rmdir(sys.argv[1])"
    (tmp_path / "once").mkdir()
    series = by_turns({"fails": _python(program, str(tmp_path / "once")), "works": _python("")}, 2, warm_up=0)
    assert "ended with status 1" in series["fails"].summary()["failed"]
    assert len(series["works"].wall) == 2
    assert set(series["works"].summary()) == {"wall", "spread", "cpu", "least_cpu"}


def test_ratio_is_by_turns() -> None:
    """On a machine that gets slower and slower."""
    base = Series(wall=[1.0, 2.0, 4.0, 8.0, 16.0])
    assert Series(wall=[0.5, 1.0, 8.0, 4.0, 8.0]).ratio(base) == 0.5
    assert base.ratio(base) == 1.0


def test_what_cannot_be_prepared_or_started_is_left_out(tmp_path: Path) -> None:
    series = by_turns({"works": _python(""), "absent": Command((str(tmp_path / "absent"),), {})}, 1, warm_up=0)
    assert "absent" in series["absent"].failed
    assert len(series["works"].wall) == 1
    series = by_turns({"works": _python("")}, 1, before=lambda name: (tmp_path / "absent").rmdir())
    assert "absent" in series["works"].failed
