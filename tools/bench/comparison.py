"""Measures one program as everything that it can be made into."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
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
_TO_BE_WARM = 2  # runs: the second one of a pex caches more
_FEW = 11  # first runs of what is no par: some take 10 s


def measure(maker: Maker, app: App, options: Namespace) -> dict[str, dict[str, Any]]:
    """Contender -> figures, or {"failed": why}."""
    figures: dict[str, dict[str, Any]] = {}
    products: dict[str, Product] = {}
    for contender in dict.fromkeys((BASE, *PARS, *options.against)):
        print(f"{app.name}: making {contender}", file=sys.stderr, flush=True)
        try:
            products[contender] = maker.make(contender, app)
            for _ in range(_TO_BE_WARM):
                run(products[contender].command)
        except (Failed, OSError) as failure:
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
            except (Failed, OSError) as failure:
                figures[contender][kind] = {"failed": str(failure)}
    add_ratio_of_memory(figures)
    return figures


def _start(maker: Maker, app: App, runs: int, products: dict[str, Product], figures: dict[str, dict[str, Any]]) -> None:
    """Adds the times. Each group takes turns with the virtual environment, not all at once: the first runs of some take so long that the
    machine has time to change."""
    print(f"{app.name}: {runs} runs of each", file=sys.stderr, flush=True)
    plain = {name: Command((maker.python, *words), environment(str(maker.directory))) for name, words in _PLAIN.items()} if app.name == "hello" else {}
    others = {name: product for name, product in products.items() if name not in (BASE, *PARS)}
    base_and_pars = {name: product for name, product in products.items() if name not in others}
    base = {BASE: products[BASE].command} if BASE in products else {}
    times, first = _turns(_later(base_and_pars) | plain, base_and_pars, runs)
    if others:
        later_of_others, _ = _turns(base | _later(others), {}, runs)
        beside_first, first_of_others = _turns(base, others, _FEW)
        for group, label in ((later_of_others, "later"), (beside_first, "first")):
            if BASE in group:
                times[f"{BASE}, by turns with {label} runs of the others"] = group.pop(BASE)
        times |= later_of_others
        first |= first_of_others
    for name in products:
        _add_first(times[name], first[name])
    for name, each in times.items():
        figures.setdefault(name, {}).update(each)


def _later(products: dict[str, Product]) -> dict[str, Command]:
    return {name: product.command for name, product in products.items()}


def _turns(later: dict[str, Command], first: dict[str, Product], runs: int) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Times of later runs, and of first ones, with an empty home; `ratios` to later runs of the virtual environment, where it takes part."""
    first_runs = {f"{name}, first run": _with_new_home(product) for name, product in first.items()}

    def before(name: str) -> None:
        if name in first_runs:
            _empty(Path(first_runs[name].environment["HOME"]))

    series = by_turns({**later, **first_runs}, runs, before=before)
    times = {name: each.summary() for name, each in series.items()}
    base = times.get(BASE, {})
    for name, each in times.items():
        if "wall" in each and "wall" in base:
            each["ratios"] = {"wall": series[name].ratio(series[BASE]), "cpu": each["least_cpu"] / base["least_cpu"]}
    return {name: times[name] for name in later}, {name: times[each] for name, each in zip(first, first_runs)}


def _add_first(times: dict[str, Any], first: dict[str, Any]) -> None:
    if "failed" in times:
        return
    if "failed" in first:
        times["failed"] = first["failed"]
        return
    times["first"] = first["wall"]
    if "ratios" in times and "ratios" in first:
        times["ratios"]["first"] = first["ratios"]["wall"]


def _memory(memory: Memory, product: Product) -> dict[str, Any]:
    own_files = (product.path, product.home)
    return {"how": memory.how} | {str(count): memory.of(product.command, count, own_files) for count in (1, _TOGETHER)}


def _writes(product: Product) -> dict[str, Any]:
    first = _with_new_home(product)
    _empty(Path(first.environment["HOME"]))
    return {"first": writes.of(first), "later": writes.of(product.command)}


def _with_new_home(product: Product) -> Command:
    """The command of a first run, which leaves the home of later ones as it is."""
    return Command(product.command.words, {**product.command.environment, "HOME": str(product.home.with_name("new_home"))})


def _empty(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir()


def add_ratio_of_memory(figures: dict[str, dict[str, Any]]) -> None:
    """To the virtual environment, by what is charged for many processes."""
    charged = {name: each.get("memory", {}).get(str(_TOGETHER), {}).get("charged") for name, each in figures.items()}
    for name, each in figures.items():
        if charged[name] and charged[BASE]:
            each.setdefault("ratios", {})["memory"] = charged[name] / charged[BASE]
