"""The chart of given figures."""

from xml.etree import ElementTree

from tests.bench.figures import result
from tools.bench import chart

_SVG = "{http://www.w3.org/2000/svg}"


def _drawn() -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg(result()))


def _texts() -> list[str]:
    return [text.text or "" for text in _drawn().iter(f"{_SVG}text")]


def test_says_when_and_where() -> None:
    assert "2000-01-01, Python 3.14.0, a<b, 2 CPUs" in _texts()


def test_only_what_has_a_ratio_of_a_first_run() -> None:
    """Not the virtual environment, which is the line at 1.0, nor padding, nor what failed."""
    texts = _texts()
    assert "hello: one line" in texts
    assert [text for text in texts if text in ("venv", "par, full", "pex", "pex rc", "python3 -c pass")] == ["par, full", "pex"]
    assert not any(text.startswith("size") for text in texts)


def test_bars_are_as_long_as_the_ratios() -> None:
    bars = [bar for bar in _drawn().iter(f"{_SVG}rect") if bar.get("class") in ("par", "par first")]
    one = int(_drawn().find(f"{_SVG}line").get("x1")) - int(bars[0].get("x"))
    widths = {bar.get("class"): int(bar.get("width")) for bar in bars}
    assert abs(widths["par"] - 0.75 * one) <= 1
    assert abs(widths["par first"] - 0.8 * one) <= 1


def test_longer_ones_are_cut_and_marked() -> None:
    drawn = _drawn()
    assert "0.75 / 0.80" in _texts()
    assert "40 / 120 »" in _texts()
    for bar in drawn.iter(f"{_SVG}rect"):
        assert int(bar.get("x")) + int(bar.get("width")) < int(drawn.get("width"))
        assert int(bar.get("y")) + int(bar.get("height")) <= int(drawn.get("height"))
