"""First runs of a program find nothing of earlier ones; later ones do."""

import sys
from pathlib import Path
from types import SimpleNamespace

from tools.bench import comparison
from tools.bench.contenders import Product
from tools.bench.measure import Command

# Makes its cache when there is none, and notes which it was.
_PROGRAM = """
import os, sys
cache, note = sys.argv[1:]
open(note, "a").write("l" if os.path.exists(cache) else "f")
os.makedirs(cache, exist_ok=True)
"""


def test_first_and_later_runs(tmp_path: Path) -> None:
    note, cache = tmp_path / "note", tmp_path / "cache"
    command = Command((sys.executable, "-I", "-c", _PROGRAM, str(cache), str(note)), {})
    maker = SimpleNamespace(
        directory=tmp_path, make=lambda contender, app: Product(command, note, (cache,) if contender == comparison.BASE else ())
    )
    options = SimpleNamespace(against=[], figures=["start"], runs=11)
    figures = comparison.measure(maker, SimpleNamespace(name="app"), options)
    assert set(figures) == {comparison.BASE, *comparison.PARS}
    assert all({"wall", "first", "later", "ratios"} <= set(each) for each in figures.values())
    assert figures[comparison.PARS[0]]["first_to_later"].keys() == {comparison.BASE}
    # Once when it is made, and then for each first run of the one that has a cache.
    assert note.read_text().count("f") == 1 + options.runs
