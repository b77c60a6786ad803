"""Measures one program as everything that it can be made into."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from tools.bench import builds, writes
from tools.bench.apps import App
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
    add_ratios(figures)
    return figures


def _start(maker: Maker, app: App, runs: int, products: dict[str, Product], figures: dict[str, dict[str, Any]]) -> None:
    """Adds the times of later runs and of first ones."""
    print(f"{app.name}: {runs} runs of each", file=sys.stderr, flush=True)
    own = {contender: product.command for contender, product in products.items()}
    plain = {name: Command((maker.python, *words), maker.environment()) for name, words in _PLAIN.items()} if app.name == "hello" else {}
    for name, series in by_turns({**own, **plain}, runs).items():
        figures.setdefault(name, {}).update(series.summary())
    _first_runs(products, runs, figures)


def _first_runs(products: dict[str, Product], runs: int, figures: dict[str, dict[str, Any]]) -> None:
    """Adds `first`, without any cache of a contender's own, and `later`: of later runs that took turns with the first ones."""
    turns = {f"{contender} {which}": product for contender, product in products.items() for which in ("first", "later")}

    def before(name: str) -> None:
        if name.endswith("first"):
            _forget(turns[name])

    series = by_turns({name: product.command for name, product in turns.items()}, runs, warm_up=0, before=before)
    for contender in products:
        for which in ("first", "later"):
            times = series[f"{contender} {which}"].summary()
            figures[contender] |= {"failed": times["failed"]} if "failed" in times else {which: times["wall"]}


def _memory(memory: Memory, product: Product) -> dict[str, Any]:
    own_files = (product.path, *(cache for cache in product.caches if cache.exists()))
    return {"how": memory.how} | {str(count): memory.of(product.command, count, own_files) for count in (1, _TOGETHER)}


def _writes(product: Product) -> dict[str, Any]:
    _forget(product)
    return {"first": writes.of(product.command), "later": writes.of(product.command)}


def _forget(product: Product) -> None:
    """Removes what earlier runs have left for later ones."""
    for cache in product.caches:
        shutil.rmtree(cache, ignore_errors=True)


def add_ratios(figures: dict[str, dict[str, Any]]) -> None:
    """`ratios` to the virtual environment; a par's `first_to_later`: its first run to the later ones of each other contender."""
    base = figures[BASE]
    if "wall" not in base and "memory" not in base:
        return
    for name, each in figures.items():
        ratios = {}
        if "wall" in each and "wall" in base:
            ratios = {"wall": each["wall"] / base["wall"], "cpu": each["least_cpu"] / base["least_cpu"]}
        if "first" in each and "later" in base:
            ratios["first"] = each["first"] / base["later"]
        charged = [one.get("memory", {}).get(str(_TOGETHER), {}).get("charged") for one in (each, base)]
        if all(charged):
            ratios["memory"] = charged[0] / charged[1]
        if ratios:
            each["ratios"] = ratios
        if name in PARS and "first" in each:
            each["first_to_later"] = {
                other: each["first"] / theirs["later"] for other, theirs in figures.items() if other not in PARS and "later" in theirs
            }
