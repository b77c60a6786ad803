"""How long it takes to make something, and to make it again after a change."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from tools.bench.apps import App
from tools.bench.commands import run
from tools.bench.contenders import PARS, Maker, Product

_TURNS = 7


def of(maker: Maker, contender: str, app: App, product: Product) -> dict[str, float]:
    """Seconds, with everything downloaded. Raises Failed.

    Returns:
        clean: from nothing.
        source: after a change of main.py.
        wheel: after a change of one wheel, where what is made knows of wheels: a par, a virtual environment.
        clean_actions, source_actions, wheel_actions: of a par: what Bazel's actions took of that, as a sum.
        assemble, cat: of a par: the builder, a persistent worker, after a change of main.py; and `cat` of the par's members, which are files
            then, to the same disk. Medians, by turns.
    """
    if contender in PARS:
        return {**_of_par(maker, contender, app), **_assembling(maker, contender, app, product)}
    figures = {"clean": _seconds(lambda: maker.make(contender, app)), "source": 0.0}
    if product.again:
        main = maker.sources(app) / "main.py"
        source = main.read_text(encoding="utf-8")
        main.write_text(f"{source}# changed\n", encoding="utf-8")
        try:
            figures["source"] = _seconds(lambda: run(product.again))
        finally:
            main.write_text(source, encoding="utf-8")
    elif app.lock:
        command = _reinstall(app.packages[0], product.path)
        figures["wheel"] = _seconds(lambda: run(command))
    return figures


def _of_par(maker: Maker, mode: str, app: App) -> dict[str, float]:
    workspace = maker.workspace
    changes = {"clean": workspace.clean, "source": lambda: workspace.touch_source(app)}
    if app.packages:
        changes["wheel"] = lambda: workspace.change_wheel(app)
    figures = {}
    for change, make_it in changes.items():
        make_it()
        times = workspace.build_times(app, mode)
        figures |= {change: times["seconds"], f"{change}_actions": times["actions"]}
    return figures


def _reinstall(package: str, environment: Path) -> list[str | Path]:
    """What puts the wheel of a package into the virtual environment once more."""
    (metadata,) = environment.glob(f"lib/python3*/site-packages/{package.replace('-', '_')}-*.dist-info")
    version = metadata.stem.partition("-")[2]
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin/python", "install", "--quiet", "--disable-pip-version-check"]
    return [*pip, "--root-user-action=ignore", "--only-binary=:all:", "--no-deps", "--force-reinstall", f"{package}=={version}"]


def _assembling(maker: Maker, mode: str, app: App, product: Product) -> dict[str, float]:
    members, copy = product.path.with_suffix(".members"), product.path.with_suffix(".copy")
    with zipfile.ZipFile(product.path) as par:
        par.extractall(members)
    names = b"\0".join(os.fsencode(path) for path in sorted(members.rglob("*")) if path.is_file())
    figures: dict[str, list[float]] = {"assemble": [], "cat": []}

    def cat() -> None:
        with open(copy, "wb") as file:
            subprocess.run(["xargs", "-0", "cat"], input=names, stdout=file, check=True)

    try:
        for _ in range(_TURNS):
            maker.workspace.touch_source(app)
            os.sync()
            figures["assemble"].append(maker.workspace.build_times(app, mode)["worker"])
            os.sync()
            figures["cat"].append(_seconds(cat))
            copy.unlink()
    finally:
        shutil.rmtree(members)
    return {name: statistics.median(times) for name, times in figures.items()}


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
