"""How long it takes to make something, and to make it again after a change."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools.bench.apps import App
from tools.bench.commands import run
from tools.bench.contenders import PARS, Maker, Product


def of(maker: Maker, contender: str, app: App, product: Product) -> dict[str, float]:
    """Seconds, with everything downloaded. Raises Failed.

    Returns:
        clean: from nothing.
        source: after a change of main.py.
        wheel: after a change of one wheel, where what is made knows of wheels: a par, a virtual environment.
        clean_actions, source_actions, wheel_actions: of a par: what Bazel's actions took of that, as a sum.
        cat: of a par: to copy it with `cat` to the same disk.
    """
    if contender in PARS:
        return {**_of_par(maker, contender, app), "cat": _cat(product)}
    figures = {"clean": _seconds(lambda: maker.make(contender, app)), "source": 0.0}
    if product.again:
        main = maker.sources(app) / "main.py"
        source = main.read_text(encoding="utf-8")
        main.write_text(f"{source}# changed\n", encoding="utf-8")
        figures["source"] = _seconds(lambda: run(product.again))
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


def _cat(product: Product) -> float:
    copy = product.path.with_suffix(".copy")
    try:
        with open(copy, "wb") as file:
            return _seconds(lambda: subprocess.run(["cat", product.path], stdout=file, check=True))
    finally:
        copy.unlink()


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
