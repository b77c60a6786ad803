"""The figures as text."""

from __future__ import annotations

_COLUMNS = ("", "wall ms", "+-", "wall x", "CPU ms", "CPU x", "first ms", "size MB", "build s")


def table(app: str, figures: "dict[str, dict]") -> str:
    """`x` is the ratio to the virtual environment; that of the CPU time is of the least times."""
    base = figures.get("venv", {})
    rows = [_COLUMNS]
    failures = []
    for name, each in figures.items():
        if "failed" in each:
            failures.append(f"{name}: {each['failed'].splitlines()[0]}")
            continue
        rows.append(
            (
                name,
                f"{each['wall'] * 1000:.1f}",
                f"{each['spread'] * 1000:.1f}",
                _ratio(each, base, "wall"),
                f"{each['cpu'] * 1000:.1f}",
                _ratio(each, base, "least_cpu"),
                f"{each['first'] * 1000:.1f}" if "first" in each else "",
                f"{each['size'] / 1e6:.1f}" if "size" in each else "",
                f"{each['build_seconds']:.1f}" if "build_seconds" in each else "",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) if not column else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))) for row in rows]
    return "\n".join(["", app, *lines, *failures])


def _ratio(each: dict, base: dict, key: str) -> str:
    return f"{each[key] / base[key]:.2f}" if base.get(key) else ""
