"""Measures one program as everything that it can be made into."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from tools.bench import builds, writes
from tools.bench.apps import App
from tools.bench.commands import environment
from tools.bench.contenders import PARS, Maker, Product
from tools.bench.measure import Command, Failed, by_turns, run
from tools.bench.memory import Memory

BASE = "venv"
_PLAIN = {"python3 -I -S -c pass": ("-I", "-S", "-c", "pass"), "python3 -c pass": ("-c", "pass")}
_TOGETHER = 16


def measure(maker: Maker, app: App, options: Namespace) -> dict[str, dict[str, Any]]:
    """Contender -> figures, or {"failed": why}."""
    figures: dict[str, dict[str, Any]] = {}
    products: dict[str, Product] = {}
    for contender in (BASE, *PARS, *options.against):
        print(f"{app.name}: making {contender}", file=sys.stderr, flush=True)
        try:
            products[contender] = maker.make(contender, app)
            run(products[contender].command)
        except Failed as failure:
            products.pop(contender, None)
            figures[contender] = {"failed": str(failure)}
        else:
            figures[contender] = {"size": products[contender].size, "build_seconds": products[contender].build_seconds}
    if "start" in options.figures:
        _start(maker, app, options.runs, products, figures)
    kinds: dict[str, Callable[[str, Product], dict[str, Any]]] = {}
    if "memory" in options.figures:
        memory = Memory(maker.directory / "host")
        kinds["memory"] = lambda _, product: _memory(memory, product)
    if "writes" in options.figures:
        kinds["writes"] = lambda _, product: _writes(product)
    if "builds" in options.figures:
        kinds["builds"] = lambda contender, product: builds.of(maker, contender, app, product)
    for kind, figures_of in kinds.items():
        print(f"{app.name}: {kind}", file=sys.stderr, flush=True)
        for contender, product in products.items():
            try:
                figures[contender][kind] = figures_of(contender, product)
            except Failed as failure:
                figures[contender][kind] = {"failed": str(failure)}
    add_ratio_of_memory(figures)
    return figures


def _start(maker: Maker, app: App, runs: int, products: dict[str, Product], figures: dict[str, dict[str, Any]]) -> None:
    """Adds the times. Pars take turns with the virtual environment, and so do the others, but not all at once: in so long a turn the machine
    would change."""
    print(f"{app.name}: {runs} runs of each", file=sys.stderr, flush=True)
    plain = {name: Command((maker.python, *words), environment(str(maker.directory))) for name, words in _PLAIN.items()} if app.name == "hello" else {}
    others = {name: product for name, product in products.items() if name not in PARS}
    times = _times(others, {}, runs) if others.keys() - {BASE} else {}
    times |= _times({name: products[name] for name in products if name in (BASE, *PARS)}, plain, runs)
    for name, each in times.items():
        figures.setdefault(name, {}).update(each)


def _times(products: dict[str, Product], plain: dict[str, Command], runs: int) -> dict[str, dict[str, Any]]:
    """Of later runs; `first`: of those with an empty home; `ratios`: to later runs of the virtual environment."""
    first = {f"{name}, first run": product for name, product in products.items()}
    commands = {name: product.command for name, product in {**products, **first}.items()}

    def before(name: str) -> None:
        if name in first:
            _forget(first[name])

    series = by_turns({**commands, **plain}, runs, before=before)
    times = {name: each.summary() for name, each in series.items()}
    base = times.get(BASE, {})
    for name, each in times.items():
        if "wall" in each and "wall" in base:
            each["ratios"] = {"wall": series[name].ratio(series[BASE]), "cpu": each["least_cpu"] / base["least_cpu"]}
    for name, its_first in zip(products, first):
        _add_first(times[name], times.pop(its_first))
    return times


def _add_first(times: dict[str, Any], first: dict[str, Any]) -> None:
    if "failed" in first:
        times["failed"] = first["failed"]
    else:
        times["first"] = first["wall"]
    if "ratios" in times and "ratios" in first:
        times["ratios"]["first"] = first["ratios"]["wall"]


def _memory(memory: Memory, product: Product) -> dict[str, Any]:
    own_files = (product.path, product.home)
    return {"how": memory.how} | {str(count): memory.of(product.command, count, own_files) for count in (1, _TOGETHER)}


def _writes(product: Product) -> dict[str, Any]:
    _forget(product)
    return {"first": writes.of(product.command), "later": writes.of(product.command)}


def _forget(product: Product) -> None:
    """Removes what earlier runs have left for later ones."""
    shutil.rmtree(product.home)
    product.home.mkdir()


def add_ratio_of_memory(figures: dict[str, dict[str, Any]]) -> None:
    """To the virtual environment, by what is charged for many processes."""
    charged = {name: each.get("memory", {}).get(str(_TOGETHER), {}).get("charged") for name, each in figures.items()}
    for name, each in figures.items():
        if charged[name] and charged[BASE]:
            each.setdefault("ratios", {})["memory"] = charged[name] / charged[BASE]
