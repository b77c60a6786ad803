"""Measures pars against what people use instead.

    ./bazelw run //tools/bench -- [--apps A,B] [--against A,B] [--runs N] [--json FILE] [--directory DIRECTORY]

Makes the same programs as a virtual environment, as pars of each mode, and as what `--against` names; runs them by turns;
prints a table. An absolute time means nothing on another machine: what counts are the ratios to the virtual environment.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import time
from pathlib import Path

from tools.bench import report
from tools.bench.apps import all_apps, prepared
from tools.bench.contenders import CONTENDERS, Maker, Product
from tools.bench.measure import Command, Failed, by_turns, run

_ALWAYS = ("venv", "system", "embedded", "full")
_PLAIN = {"python3 -I -S -c pass": ("-I", "-S", "-c", "pass"), "python3 -c pass": ("-c", "pass")}
_FIRST_RUNS = 5  # without any cache of a contender's own


def main() -> None:
    options = _options()
    maker = Maker(options.directory / time.strftime("%Y%m%d-%H%M%S") if options.keep else options.directory / "work")
    if not options.keep:
        shutil.rmtree(maker.directory, ignore_errors=True)
        maker = Maker(maker.directory)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}",
        "python": platform.python_version(),
        "runs": options.runs,
        "apps": {},
    }
    for name in options.apps:
        result["apps"][name] = _measure(maker, name, options)
        print(report.table(name, result["apps"][name]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    apps, peers = all_apps(), [name for name in CONTENDERS if name not in _ALWAYS]
    parser = argparse.ArgumentParser(prog="bench", description="Measures pars against what people use instead.")
    parser.add_argument("--apps", type=_names(apps), default=["hello"], help=f"'all', or of {', '.join(apps)}")
    parser.add_argument("--against", type=_names(peers), default=[], help=f"'all', or of {', '.join(peers)}")
    parser.add_argument("--runs", type=int, default=21, help="of each, at least 11")
    parser.add_argument("--json", type=Path, help="a file for all figures")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser.add_argument("--directory", type=Path, default=cache / "rules_par/bench", help="where everything is made")
    parser.add_argument("--keep", action="store_true", help="what is made, in a directory with the time as its name")
    options = parser.parse_args()
    if options.runs < 11:
        parser.error("--runs: fewer than 11 say nothing")
    if options.json:
        options.json = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ".")) / options.json
    return options


def _names(known):
    def names(text: str) -> list[str]:
        chosen = list(known) if text == "all" else text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(known)}")
        return chosen

    return names


def _measure(maker: Maker, name: str, options: argparse.Namespace) -> dict[str, dict]:
    """Contender -> figures, or what went wrong."""
    app = prepared(all_apps()[name])
    figures: dict[str, dict] = {}
    products: dict[str, Product] = {}
    for contender in (*_ALWAYS, *options.against):
        print(f"{name}: making {contender}", file=sys.stderr, flush=True)
        try:
            products[contender] = maker.make(contender, app)
            run(products[contender].command)
        except Failed as failure:
            products.pop(contender, None)
            figures[contender] = {"failed": str(failure)}
            print(f"{name}: {contender}: {failure}", file=sys.stderr)
    commands = {contender: product.command for contender, product in products.items()}
    if name == "hello":
        commands |= {plain: Command((sys.executable, *words), maker.environment()) for plain, words in _PLAIN.items()}
    print(f"{name}: {options.runs} runs of each", file=sys.stderr, flush=True)
    for contender, series in by_turns(commands, options.runs).items():
        figures[contender] = series.summary()
    own = {contender: product.command for contender, product in products.items()}
    first = by_turns(own, _FIRST_RUNS, warm_up=0, before=lambda contender: _forget(products[contender]))
    for contender, product in products.items():
        first_wall = first[contender].summary()["wall"]
        figures[contender] |= {"size": product.size, "build_seconds": product.build_seconds, "first": first_wall}
    return figures


def _forget(product: Product) -> None:
    """Removes what earlier runs have left for later ones."""
    for cache in product.caches:
        shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    main()
