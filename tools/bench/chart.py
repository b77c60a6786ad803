"""The ratios of the start as an SVG picture, for light and for dark pages."""

from __future__ import annotations

from html import escape
from typing import Any

from tools.bench.apps import all_apps
from tools.bench.contenders import PARS

_WIDTH, _LEFT, _RIGHT = 760, 150, 110  # the last is for the numbers
_BAR, _GAP, _HEAD = 13, 20, 62
_MOST = 4.0  # times the virtual environment; a longer bar is cut
_STYLE = """
  text { font: 12px sans-serif; fill: #57606a }
  .title { font-weight: bold }
  .par { fill: #1f883d } .other { fill: #8c959f } .first { opacity: .4 }
  line { stroke: #57606a; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } line { stroke: #c9d1d9 } .par { fill: #3fb950 } .other { fill: #6e7681 } }
"""


def svg(result: dict[str, Any]) -> str:
    """Horizontal bars, grouped by program: later runs, and behind them, paler, the first run."""
    marks: list[str] = []
    y = _HEAD
    for app, figures in result["apps"].items():
        contenders = {name: each["ratios"] for name, each in figures.items() if "first" in each.get("ratios", {}) and name != "venv"}
        if not contenders:
            continue
        y += _GAP
        marks.append(f'<text class="title" x="0" y="{y}">{escape(app)}: {escape(all_apps()[app].about)}</text>')
        y += 6
        for name, ratios in contenders.items():
            marks += _bars(name, ratios["wall"], ratios["first"], y)
            y += _BAR + 2
    return "\n".join([_opening(result, y + 8), *marks, "</svg>", ""])


def _opening(result: dict[str, Any], height: int) -> str:
    one = _x(1)
    title = "Start-up time, in times of a virtual environment that is warm: shorter is better"
    key = "Solid, first number: later runs. Pale, second number: the first run, with no cache of its own. Medians of runs by turns."
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}">
<style>{_STYLE}</style>
<text class="title" x="0" y="14">{title}</text>
<text x="0" y="32">{key}</text>
<text x="0" y="50">{escape(result["date"])}, Python {escape(result["python"])}, {escape(result["machine"])}</text>
<text x="{one}" y="{_HEAD + 6}" text-anchor="middle">1.0</text>
<line x1="{one}" y1="{_HEAD + 10}" x2="{one}" y2="{height}"/>"""


def _bars(name: str, later: float, first: float, y: int) -> list[str]:
    kind = "par" if name in PARS else "other"
    label = f"par, {name}" if name in PARS else name.replace("_", ", ")
    end = max(_x(first), _x(later)) + 5
    if end < _x(1) < end + _RIGHT * 2 / 3:  # the numbers would be on the line
        end = _x(1) + 5
    return [
        f'<text x="{_LEFT - 6}" y="{y + 11}" text-anchor="end">{escape(label)}</text>',
        f'<rect class="{kind} first" x="{_LEFT}" y="{y}" width="{_x(first) - _LEFT}" height="{_BAR}"/>',
        f'<rect class="{kind}" x="{_LEFT}" y="{y + 2}" width="{_x(later) - _LEFT}" height="{_BAR - 4}"/>',
        f'<text x="{end}" y="{y + 11}">{_times(later)} / {_times(first)}{" »" if max(later, first) > _MOST else ""}</text>',
    ]


def _x(ratio: float) -> int:
    return round(_LEFT + min(ratio, _MOST) / _MOST * (_WIDTH - _LEFT - _RIGHT))


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < _MOST else f"{ratio:.0f}"
