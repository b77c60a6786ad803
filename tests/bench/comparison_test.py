"""First runs of a program find nothing of earlier ones; later ones do."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tools.bench import comparison
from tools.bench.contenders import Product
from tools.bench.measure import Command

_RUNS = 11
_TURNS = 2 + _RUNS  # two to warm up

# Notes whether it finds what an earlier run has left; leaves that, or cannot a second time.
_PROGRAM = """
import os, sys
name, note = sys.argv[1:]
cache = os.environ["HOME"] + "/cache/of/it"
noted = os.path.exists(note)
open(note, "a").write("later " if os.path.exists(cache) else "first ")
if noted and name == "broken": sys.exit(3)
os.makedirs(cache, exist_ok=True)
"""


def _measured(directory: Path) -> dict[str, dict[str, Any]]:
    def make(contender: str, app: object) -> Product:
        note, home = directory / f"{contender}.note", directory / contender
        home.mkdir()
        return Product(Command((sys.executable, "-I", "-c", _PROGRAM, contender, str(note)), {"HOME": str(home)}), note, home)

    maker = SimpleNamespace(directory=directory, make=make)
    options = SimpleNamespace(against=["peer", "broken"], figures=["start"], runs=_RUNS)
    return comparison.measure(maker, SimpleNamespace(name="app"), options)


def test_first_and_later_runs(tmp_path: Path) -> None:
    figures = _measured(tmp_path)
    assert set(figures) == {comparison.BASE, *comparison.PARS, "peer", "broken"}
    assert "ended with status 3" in figures.pop("broken")["failed"]
    for each in figures.values():
        assert {"wall", "spread", "first"} <= set(each)
        assert set(each["ratios"]) == {"wall", "cpu", "first"}
    assert figures[comparison.BASE]["ratios"]["wall"] == figures[comparison.BASE]["ratios"]["cpu"] == 1.0
    firsts = {name: (tmp_path / f"{name}.note").read_text().split().count("first") for name in figures}
    # Once when it is made, and once each turn; the virtual environment takes turns with pars, and with peers.
    assert firsts == {comparison.BASE: 1 + 2 * _TURNS, **dict.fromkeys([*comparison.PARS, "peer"], 1 + _TURNS)}
