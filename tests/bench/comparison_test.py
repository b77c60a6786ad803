"""First runs of a program find nothing of earlier ones; later ones do."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tools.bench import comparison
from tools.bench.contenders import Product
from tools.bench.measure import Command

_CACHED = (comparison.BASE, "peer", "broken")
_RUNS = 11
_TURNS = 2 + _RUNS  # two to warm up

# Makes its cache when there is none, and notes which it was; or cannot make it a second time.
_PROGRAM = """
import os, sys
name, cache, note = sys.argv[1:]
noted = os.path.exists(note)
open(note, "a").write("l" if os.path.exists(cache) else "f")
if noted and name == "broken": sys.exit(3)
os.makedirs(cache, exist_ok=True)
"""


def _measured(directory: Path) -> dict[str, dict[str, Any]]:
    def make(contender: str, app: object) -> Product:
        note, cache = directory / f"{contender}.note", directory / contender
        command = Command((sys.executable, "-I", "-c", _PROGRAM, contender, str(cache), str(note)), {})
        return Product(command, note, (cache,) if contender in _CACHED else ())

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
    firsts = {name: (tmp_path / f"{name}.note").read_text().count("f") for name in figures}
    # Once when it is made, and once each turn; the virtual environment takes turns with pars, and with peers.
    assert firsts == {comparison.BASE: 1 + 2 * _TURNS, "peer": 1 + _TURNS, **dict.fromkeys(comparison.PARS, 1)}
