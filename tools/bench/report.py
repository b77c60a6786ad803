"""The figures as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.bench.contenders import PARS

_START = ("", "wall ms", "+-", "wall x", "CPU ms", "CPU x", "first ms", "first x", "size MB", "build s")
_MEMORY = ("memory, MB", "RSS", "PSS", "charged", "16: RSS", "PSS", "charged", "x")
_WRITES = ("written", "first: files", "bytes", "later: files", "bytes")
_BUILDS = ("build, s", "clean", "actions", "source", "actions", "wheel", "actions", "assemble", "cat")
_GROWTH = ("", "wall ms", "+-", "more ms", "CPU ms", "more ms", "size MB")


def comparison(app: str, figures: dict[str, dict[str, Any]]) -> str:
    """`x` is the ratio to the virtual environment's later runs: the median of all turns; that of the CPU time is of the least times."""
    parts = [_table(_START, [_start(name, each) for name, each in figures.items() if "wall" in each])]
    parts.append(_first_to_later(figures))
    memories = {name: each["memory"] for name, each in figures.items() if "charged" in each.get("memory", {}).get("16", {})}
    parts.append(_table(_MEMORY, [_memory(name, each, figures[name]) for name, each in memories.items()]))
    parts.append("\n".join({f"charged: {each['how']}" for each in memories.values()}))
    parts.append(_table(_WRITES, [_writes(name, each["writes"]) for name, each in figures.items() if "first" in each.get("writes", {})]))
    parts.append(_builds(figures))
    return _page(app, parts, figures)


def growth(app: str, figures: dict[str, dict[str, Any]]) -> str:
    """`more`: than the smallest of the mode."""
    rows = [
        (
            name,
            _ms(each["wall"]),
            _ms(each["spread"]),
            _ms(each.get("more")),
            _ms(each["cpu"]),
            _ms(each.get("more_cpu")),
            f"{each['size'] / 1e6:.1f}",
        )
        for name, each in figures.items()
        if "wall" in each
    ]
    return _page(app, [_table(_GROWTH, rows), _builds(figures)], figures)


def failures(figures: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each contender, or one of its figures, with the reason why it is not there."""
    for name, each in figures.items():
        if "failed" in each:
            yield name, each["failed"]
        for kind, group in each.items():
            if isinstance(group, dict) and "failed" in group:
                yield f"{name}, {kind}", group["failed"]


def failed_pars(result: dict[str, Any]) -> list[str]:
    """Names of what failed that is a par."""
    failed = [name for figures in result["apps"].values() for name, _ in failures(figures)]
    return [name for name in failed if name.partition(",")[0] in PARS]


def _page(app: str, parts: list[str], figures: dict[str, dict[str, Any]]) -> str:
    return "\n".join(["", app, *filter(None, parts), *(f"{name}: {why}" for name, why in failures(figures))])


def _start(name: str, each: dict[str, Any]) -> tuple[str, ...]:
    ratios = each.get("ratios", {})
    return (
        name,
        _ms(each["wall"]),
        _ms(each["spread"]),
        _ratio(ratios.get("wall")),
        _ms(each["cpu"]),
        _ratio(ratios.get("cpu")),
        _ms(each.get("first")),
        _ratio(ratios.get("first")),
        _mb(each.get("size")),
        _seconds(each.get("build_seconds")),
    )


def _first_to_later(figures: dict[str, dict[str, Any]]) -> str:
    """Of pars, to whatever is not one."""
    later = {name: each["ratios"]["wall"] for name, each in figures.items() if "first" in each.get("ratios", {})}
    return "\n".join(
        f"first run of {par} x later runs of: " + ", ".join(f"{name} {figures[par]['ratios']['first'] / ratio:.2f}" for name, ratio in later.items() if name not in PARS)
        for par in later
        if par in PARS
    )


def _memory(name: str, memory: dict[str, Any], each: dict[str, Any]) -> tuple[str, ...]:
    cells = [_mb(memory[count][figure]) for count in ("1", "16") for figure in ("rss", "pss", "charged")]
    return (name, *cells, _ratio(each.get("ratios", {}).get("memory")))


def _writes(name: str, writes: dict[str, Any]) -> tuple[str, ...]:
    return (name, *(f"{writes[run][figure]:,}" for run in ("first", "later") for figure in ("files", "bytes")))


def _builds(figures: dict[str, dict[str, Any]]) -> str:
    keys = [key for change in ("clean", "source", "wheel") for key in (change, f"{change}_actions")] + ["assemble", "cat"]
    builds = {name: each["builds"] for name, each in figures.items() if "clean" in each.get("builds", {})}
    return _table(_BUILDS, [(name, *(_seconds(each.get(key), 2) for key in keys)) for name, each in builds.items()])


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [columns, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    return "\n".join(
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(zip(line, widths))) for line in lines
    )


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.1f}"


def _mb(size: float | None) -> str:
    return "" if size is None else f"{size / 1e6:.1f}"


def _seconds(seconds: float | None, digits: int = 1) -> str:
    return "" if seconds is None else f"{seconds:.{digits}f}"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"
