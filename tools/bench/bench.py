"""Measures pars against what people use instead.

Makes the same programs as a virtual environment, as pars of each mode, and as what `--against` names; runs them by turns; prints
tables. An absolute time means nothing on another machine: what counts are the ratios to the virtual environment. Whatever cannot be
made, run or measured is in the table and in the JSON with the reason. Exit status: 0; 1 when a par is among that; 2 when an argument
is wrong or another benchmark runs.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from tools.bench import chart, comparison, growth, report
from tools.bench.apps import all_apps, prepared
from tools.bench.contenders import CONTENDERS, Maker

_FIGURES = ("start", "memory", "writes", "builds")
_SLOW = ("nuitka_onefile",)  # to build


def main() -> None:
    options = parse(sys.argv[1:])
    lock = alone_in(options.directory)
    directory = options.directory / (time.strftime("%Y%m%d-%H%M%S") if options.keep else "work")
    shutil.rmtree(directory, ignore_errors=True)
    maker = Maker(directory, options.python)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}",
        "python": ".".join(map(str, _version_of(options.python))),
        "runs": options.runs,
        "apps": {},
    }
    for name in options.apps:
        app = prepared(all_apps()[name], options.python)
        measure = growth.measure if app.paddings else comparison.measure
        result["apps"][name] = figures = measure(maker, app, options)
        print((report.growth if app.paddings else report.comparison)(name, figures), flush=True)
        if options.json:
            options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        if options.chart:
            options.chart.write_text(chart.svg(result), encoding="utf-8")
    lock.close()
    sys.exit(1 if report.failed_pars(result) else 0)


def alone_in(directory: Path) -> BinaryIO:
    """A file whose lock says, until it is closed, that a benchmark works in the directory. Exits with 2 when another one does."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = open(directory / "lock", "wb")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        why = f"{directory}: another benchmark works there: wait until it ends, two spoil each other's figures"
    except OSError as error:
        why = f"argument --directory: {error}"
    else:
        return lock
    print(f"bazel run //tools/bench --: error: {why}", file=sys.stderr)
    sys.exit(2)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options."""
    apps = all_apps()
    parser = argparse.ArgumentParser(
        prog="bazel run //tools/bench --",
        description=__doc__,
        epilog="programs: " + "; ".join(f"{app.name}: {app.about}" for app in apps.values()),
    )
    usual_apps = [app.name for app in apps.values() if not app.opt_in]
    usual_contenders = [name for name in CONTENDERS if name not in _SLOW]
    parser.add_argument("--apps", type=_names(apps, usual_apps), default=["hello"], metavar="A,B", help=_choice(apps, usual_apps, "hello"))
    parser.add_argument("--against", type=_names(CONTENDERS, usual_contenders), default=[], metavar="A,B", help=_choice(CONTENDERS, usual_contenders, "the first four, which always are there"))
    parser.add_argument("--figures", type=_names(_FIGURES, _FIGURES), default=["start"], metavar="A,B", help=_choice(_FIGURES, _FIGURES, "start"))
    parser.add_argument("--runs", type=int, default=21, metavar="N", help="of each, for the times of the start; five times as many where size is what matters, 11 first runs of what is no par; at least 11, default: 21")
    parser.add_argument("--python", type=_python, default=sys.executable, metavar="PATH", help="of the interpreter, default: %(default)s")
    parser.add_argument("--json", type=_written, metavar="FILE", help="a file for all figures")
    parser.add_argument("--chart", type=_written, metavar="FILE", help="an SVG file for the times of the start, as ratios")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser.add_argument("--directory", type=_path, default=cache / "rules_par/bench", help="where everything is made, default: %(default)s")
    parser.add_argument("--keep", action="store_true", help="what is made, in a directory with the time as its name")
    options = parser.parse_args(arguments)
    if options.runs < 11:
        parser.error("argument --runs: fewer than 11 say nothing")
    if options.chart and "start" not in options.figures:
        parser.error("argument --chart: shows the times of the start: add `start` to --figures")
    return options


def _names(known: Iterable[str], usual: Iterable[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        chosen = list(usual) if text == "all" else text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(known)}")
        return chosen

    return names


def _choice(known: Iterable[str], usual: Iterable[str], default: str) -> str:
    rest = [name for name in known if name not in usual]
    also = f" (all but {', '.join(rest)})" if rest else ""
    return f"of {', '.join(known)}; or 'all'{also}; default: {default}"


def _python(path: str) -> str:
    try:
        version = _version_of(path)
    except (OSError, subprocess.CalledProcessError, ValueError):
        version = ()
    if not os.path.isabs(path) or version < (3, 9):
        raise argparse.ArgumentTypeError(f"{path}: not the absolute path of a Python, 3.9 or newer")
    return path


def _version_of(python: str) -> tuple[int, ...]:
    code = "import sys; print(*sys.version_info[:3])"
    said = subprocess.run([python, "-I", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return tuple(map(int, said.split()))


def _written(path: str) -> Path:
    """A file that is written after each program: whether it can be is known before hours of work."""
    file = _path(path)
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{file}: cannot be written: give a file in a directory that exists")
    return file


def _path(path: str) -> Path:
    """As the user meant it, who started Bazel."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), path)


if __name__ == "__main__":
    main()
