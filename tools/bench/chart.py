"""The ratios of the start as an SVG picture, for light and for dark pages."""

from __future__ import annotations

from html import escape
from typing import Any

from tools.bench.apps import all_apps
from tools.bench.contenders import PARS

_HEAD, _GROUP_HEAD, _ROW, _BAR = 78, 26, 15, 13  # heights
_LABEL, _LONGEST, _NUMBERS = 122, 220, 92  # widths in a column: of names, of the longest bar, of what is written behind it
_COLUMN, _COLUMNS = _LABEL + _LONGEST + _NUMBERS, 2
_MOST = 4.0  # times the virtual environment; a longer bar is cut
_TITLE = "Start-up time, in times of a virtual environment that is warm: shorter is better"
_KEY = (
    "Dotted line: the virtual environment. Solid bar, first number: later runs.",
    "Pale bar, second number: the first run, with an empty home. Medians of ratios by turns.",
)
_STYLE = """
  text { font: 12px sans-serif; fill: #57606a }
  .title { font-weight: bold }
  .par { fill: #1f883d } .other { fill: #8c959f } .first { opacity: .4 }
  line { stroke: #57606a; stroke-dasharray: 2 2 }
  @media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } line { stroke: #c9d1d9 } .par { fill: #3fb950 } .other { fill: #6e7681 } }
"""


def svg(result: dict[str, Any]) -> str:
    """Horizontal bars, grouped by program: later runs, and behind them, paler, the first run."""
    groups = {app: _contenders(figures) for app, figures in result["apps"].items()}
    titles = [app for app, contenders in groups.items() if contenders]
    marks: list[str] = []
    y = _HEAD
    for row in (titles[start : start + _COLUMNS] for start in range(0, len(titles), _COLUMNS)):
        for column, app in enumerate(row):
            marks += _group(app, groups[app], column * _COLUMN, y)
        y += _GROUP_HEAD + _ROW * max(len(groups[app]) for app in row)
    return "\n".join([_opening(result, y), *marks, "</svg>", ""])


def _contenders(figures: dict[str, dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """Name -> ratios of later runs and of the first one."""
    return {
        name: (each["ratios"]["wall"], each["ratios"]["first"])
        for name, each in figures.items()
        if name != "venv" and "first" in each.get("ratios", {})
    }


def _opening(result: dict[str, Any], height: int) -> str:
    width = _COLUMN * _COLUMNS
    machine = f"{result['date']}, Python {result['python']}, {result['machine']}"
    lines = "\n".join(f'<text x="0" y="{32 + 16 * number}">{escape(line)}</text>' for number, line in enumerate((*_KEY, machine)))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{_TITLE}">
<style>{_STYLE}</style>
<text class="title" x="0" y="14">{_TITLE}</text>
{lines}"""


def _group(app: str, contenders: dict[str, tuple[float, float]], x: int, y: int) -> list[str]:
    marks = [f'<text class="title" x="{x}" y="{y + 16}">{escape(app)}: {escape(all_apps()[app].about)}</text>']
    y += _GROUP_HEAD - 4
    for number, (name, (later, first)) in enumerate(contenders.items()):
        marks += _bars(name, later, first, x + _LABEL, y + number * _ROW)
    one = x + _LABEL + _width(1)
    return [*marks, f'<line x1="{one}" y1="{y}" x2="{one}" y2="{y + _ROW * len(contenders)}"/>']


def _bars(name: str, later: float, first: float, x: int, y: int) -> list[str]:
    kind = "par" if name in PARS else "other"
    label = f"par, {name}" if name in PARS else name.replace("_", " ")
    end = max(_width(first), _width(later)) + 5
    if end < _width(1) < end + _NUMBERS:  # the numbers would be on the line
        end = _width(1) + 5
    return [
        f'<text x="{x - 6}" y="{y + 11}" text-anchor="end">{escape(label)}</text>',
        f'<rect class="{kind} first" x="{x}" y="{y}" width="{_width(first)}" height="{_BAR}"/>',
        f'<rect class="{kind}" x="{x}" y="{y + 2}" width="{_width(later)}" height="{_BAR - 4}"/>',
        f'<text x="{x + end}" y="{y + 11}">{_times(later)} / {_times(first)}{" »" if max(later, first) > _MOST else ""}</text>',
    ]


def _width(ratio: float) -> int:
    return round(min(ratio, _MOST) / _MOST * _LONGEST)


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < _MOST else f"{ratio:.0f}"
