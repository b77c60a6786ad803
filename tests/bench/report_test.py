"""The tables for given figures."""

from tests.bench.figures import result
from tools.bench import comparison, report


def _rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_comparison() -> None:
    text = report.comparison("hello", result()["apps"]["hello"])
    rows = _rows(text)
    assert ["full", "15.0", "0.5", "0.75", "12.0", "0.75", "16.0", "0.80", "50.0", "9.0"] in rows
    assert ["pex", "800.0", "0.5", "40.00", "640.0", "40.00", "2400.0", "120.00", "2.0", "3.0"] in rows
    assert ["python3", "-c", "pass", "18.0", "0.5", "0.90", "14.4", "0.90"] in rows
    assert "first run of full x later runs of: venv 0.80, pex 0.02" in text.splitlines()
    assert ["full", "10.0", "10.0", "20.0", "160.0", "80.0", "90.0", "1.00"] in rows
    assert "charged: as the machine permits" in text.splitlines()
    assert ["pex", "913", "7,500,123", "2", "0"] in rows
    assert ["full", "8.00", "7.00", "2.00", "1.50", "0.25"] in rows


def test_what_failed_is_named_with_the_reason() -> None:
    text = report.comparison("hello", result()["apps"]["hello"])
    assert "\npex_rc: pex --rc: ended with status 1\n    <no such host>\n    it is downloaded\n" in text + "\n"
    assert "\npex, memory: hello.pex: ended with status 1, silently\n" in text + "\n"


def test_no_table_without_figures() -> None:
    only = {"venv": {"failed": "no pip"}, "full": {"size": 1, "build_seconds": 1.0}}
    assert report.comparison("hello", only).splitlines() == ["", "hello", "venv: no pip"]


def test_growth() -> None:
    rows = _rows(report.growth("size", result()["apps"]["size"]))
    assert ["full,", "10", "MB", "15.0", "0.5", "0.0", "12.0", "0.0", "60.0"] in rows
    assert ["full,", "500", "MB", "16.0", "0.5", "1.0", "12.8", "0.5", "550.0"] in rows


def test_failed_pars() -> None:
    figures = result()
    assert report.failed_pars(figures) == []
    figures["apps"]["hello"]["full"]["writes"] = {"failed": "why"}
    figures["apps"]["size"]["system, 500 MB"] = {"failed": "why"}
    assert report.failed_pars(figures) == ["full, writes", "system, 500 MB"]


def test_ratio_of_memory() -> None:
    """To the virtual environment, by what is charged for 16."""
    figures = result()["apps"]["hello"]
    figures["full"]["memory"] = {"16": {"charged": 45 * 10**6}}
    del figures["full"]["ratios"]
    comparison.add_ratio_of_memory(figures)
    assert figures["venv"]["ratios"]["memory"] == 1.0
    assert figures["full"]["ratios"] == {"memory": 0.5}
    assert "memory" not in figures["pex"]["ratios"]
    assert "ratios" not in figures["pex_rc"]


def test_ratio_of_memory_without_a_virtual_environment() -> None:
    figures = {**result()["apps"]["hello"], "venv": {"failed": "no pip"}}
    del figures["full"]["ratios"]
    comparison.add_ratio_of_memory(figures)
    assert "ratios" not in figures["full"]
