"""Which runs find what earlier ones have left, and what the times of these runs are compared with."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools.bench import chart, comparison, measure, report
from tools.bench.contenders import Product
from tools.bench.measure import Command, Failed

_SECONDS = {"venv": 1.0, "system": 0.75, "embedded": 0.5, "full": 0.5, "peer": 2.0, "broken": 2.0, "broken at first": 2.0}
_LEAVE = ("venv", "peer")  # files in their homes, in two runs; before, each takes twice as long


class _Programs:
    """Runs without processes; `broken` works as often as it takes to measure nothing."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.done: list[tuple[str, int]] = []  # name, and how many runs had been before in that home

    def make(self, contender: str, app: object) -> Product:
        home = self.directory / contender / "home"
        home.mkdir(parents=True)
        return Product(Command((contender,), {"HOME": str(home)}), home.parent, home)

    def run(self, command: Command) -> tuple[float, float]:
        (name,) = command.words
        home = Path(command.environment["HOME"])
        before = len(list(home.iterdir()))
        if name == "broken" and before == 2 or name == "broken at first" and home.name != "home":
            raise Failed(f"{name}: ended with status 3")
        if before < 2:
            (home / str(before)).touch()
        self.done.append((name, before))
        seconds = _SECONDS[name] * (1 if before == 2 or name not in _LEAVE else 2)
        return seconds, seconds / 4


@pytest.fixture(name="programs")
def _programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Programs:
    programs = _Programs(tmp_path)
    for module in (comparison, measure):
        monkeypatch.setattr(module, "run", programs.run)
    return programs


def _measured(programs: _Programs, *against: str, figures: tuple[str, ...] = ("start",)) -> dict[str, dict[str, Any]]:
    options = SimpleNamespace(against=against, figures=figures, runs=15)
    return comparison.measure(SimpleNamespace(directory=programs.directory, make=programs.make), SimpleNamespace(name="app"), options)


def test_times(programs: _Programs) -> None:
    figures = _measured(programs, "peer")
    times = {name: (each["wall"], each.get("first")) for name, each in figures.items()}
    assert times == {
        "venv": (1.0, 2.0),
        "system": (0.75, 0.75),
        "embedded": (0.5, 0.5),
        "full": (0.5, 0.5),
        "peer": (2.0, 4.0),
        "venv, by turns with later runs of the others": (1.0, None),
        "venv, by turns with first runs of the others": (1.0, None),
    }


def test_ratios(programs: _Programs) -> None:
    figures = _measured(programs, "peer")
    assert figures["venv"]["ratios"] == {"wall": 1.0, "cpu": 1.0, "first": 2.0}
    assert figures["system"]["ratios"] == {"wall": 0.75, "cpu": 0.75, "first": 0.75}
    assert figures["peer"]["ratios"] == {"wall": 2.0, "cpu": 2.0, "first": 4.0}


def test_later_runs_find_all_that_earlier_ones_leave(programs: _Programs) -> None:
    _measured(programs, "peer")
    firsts = {name: sum(each == (name, 0) for each in programs.done) for name in _SECONDS}
    # The one when it was made, and two turns to warm up.
    assert {firsts[name] for name in ("venv", "system", "embedded", "full")} == {1 + 2 + 15}
    assert firsts["peer"] == 1 + 2 + 11


def test_two_runs_come_before_all_figures(programs: _Programs) -> None:
    _measured(programs, "peer", figures=())
    assert programs.done == [(name, before) for name in ("venv", "system", "embedded", "full", "peer") for before in (0, 1)]


def test_who_always_is_there_may_be_named(programs: _Programs) -> None:
    figures = _measured(programs, "venv", "peer", "full", "peer", figures=())
    assert list(figures) == ["venv", "system", "embedded", "full", "peer"]
    assert len(programs.done) == 2 * len(figures)


def test_who_fails_has_the_reason_and_no_ratios(programs: _Programs) -> None:
    figures = _measured(programs, "broken", "peer", "broken at first")
    assert figures["broken"]["failed"] == "broken: ended with status 3"
    assert figures["broken at first"]["failed"] == "broken at first: ended with status 3"
    assert "ratios" not in figures["broken"]
    assert "first" not in figures["broken at first"]["ratios"]
    assert figures["peer"]["ratios"]["first"] == 4.0


@pytest.mark.parametrize("failure", [Failed("no pip"), OSError("no pip")])
def test_without_the_virtual_environment(failure: Exception, programs: _Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The times are there, the ratios are not."""

    def make(contender: str, app: object) -> Product:
        if contender == comparison.BASE:
            raise failure
        return _Programs.make(programs, contender, app)

    monkeypatch.setattr(programs, "make", make)
    figures = _measured(programs, "peer")
    assert figures["venv"] == {"failed": "no pip"}
    assert [(each["wall"], each["first"]) for name, each in figures.items() if name != "venv"] == [(0.75, 0.75), (0.5, 0.5), (0.5, 0.5), (2.0, 4.0)]
    assert not any("ratios" in each for each in figures.values())


def test_when_the_virtual_environment_fails_beside_the_others(programs: _Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one of three groups: there it has the reason, and they have no ratios of half a comparison."""
    runs_before = 2 + 2 * (2 + 15)  # when it was made; later and first ones beside pars
    count = 0

    def run(command: Command) -> tuple[float, float]:
        nonlocal count
        count += command.words == ("venv",)
        if command.words == ("venv",) and count == runs_before + 1:
            raise Failed("once")
        return programs.run(command)

    for module in (comparison, measure):
        monkeypatch.setattr(module, "run", run)
    figures = _measured(programs, "peer")
    assert figures["venv, by turns with later runs of the others"] == {"failed": "once"}
    assert "ratios" not in figures["peer"]
    assert figures["system"]["ratios"]["first"] == 0.75
    text = report.comparison("app", figures)
    assert "first run of system x later runs of: venv 0.75" in text.splitlines()
    assert "\nvenv, by turns with later runs of the others: once\n" in text + "\n"
    named = {"date": "", "machine": "", "python": "", "apps": {"hello": figures}}
    assert "peer" not in chart.svg(named)
