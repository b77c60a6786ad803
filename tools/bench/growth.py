"""Measures whether the start of a par takes longer when there is more in it."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from typing import Any

from tools.bench import builds
from tools.bench.apps import App
from tools.bench.contenders import PARS, Maker, Product
from tools.bench.measure import Failed, by_turns, run

_TIMES_RUNS = 5  # a start takes little, and the differences are of milliseconds


def measure(maker: Maker, app: App, options: Namespace) -> dict[str, dict[str, Any]]:
    """`MODE, VARIANT` -> figures, or {"failed": why}; `more`: seconds beyond the smallest variant of that mode."""
    figures: dict[str, dict[str, Any]] = {}
    products: dict[str, Product] = {}
    variants = app.variants()
    for mode in PARS:
        for variant, each in variants.items():
            label = f"{mode}, {variant}"
            print(f"{app.name}: making {label}", file=sys.stderr, flush=True)
            try:
                products[label] = maker.make(mode, each)
                run(products[label].command)
                figures[label] = {"size": products[label].size}
                if "builds" in options.figures:
                    figures[label]["builds"] = builds.of(maker, mode, each, products[label])
            except (Failed, OSError) as failure:
                products.pop(label, None)
                figures[label] = {"failed": str(failure)}
    runs = options.runs * _TIMES_RUNS
    print(f"{app.name}: {runs} runs of each", file=sys.stderr, flush=True)
    for label, series in by_turns({label: product.command for label, product in products.items()}, runs).items():
        figures[label] |= series.summary()
    for mode in PARS:
        least, *_ = (figures[f"{mode}, {variant}"] for variant in variants)
        for each in (figures[f"{mode}, {variant}"] for variant in variants):
            if "wall" in each and "wall" in least:
                each |= {"more": each["wall"] - least["wall"], "more_cpu": each["least_cpu"] - least["least_cpu"]}
    for each in variants.values():
        maker.workspace.remove(each)
    for product in products.values():
        shutil.rmtree(product.path.parent)
    return figures
