"""Requires-Dist, its markers and extras."""

from pathlib import Path

import pytest

pytest.importorskip("pip._vendor.packaging", reason="this Python has no pip")

import wheel_metadata
from wheel_files import write_wheel


def metadata(*lines: str) -> str:
    return "\n".join(
        ["Metadata-Version: 2.1", "Name: Thing", "Version: 1.0", *lines, "", "Requires-Dist: not-a-header"]
    )


def test_plain_needs_are_normalized_and_sorted() -> None:
    found = wheel_metadata.dependencies(metadata("Requires-Dist: Zope.Interface (>=5)", "Requires-Dist: attrs"), [])
    assert found == {"": {"attrs": [], "zope-interface": []}}


def test_marker_of_another_platform_or_python() -> None:
    lines = [
        'Requires-Dist: colorama ; sys_platform == "win32"',
        'Requires-Dist: tomli ; python_version < "3"',
        'Requires-Dist: six ; python_version >= "3"',
    ]
    assert wheel_metadata.dependencies(metadata(*lines), []) == {"": {"six": []}}


def test_extra_of_a_dependency() -> None:
    found = wheel_metadata.dependencies(metadata("Requires-Dist: uvicorn[Standard,ssl_x]>=1"), [])
    assert found == {"": {"uvicorn": ["ssl-x", "standard"]}}


EXTRAS = [
    "Provides-Extra: Fast",
    "Provides-Extra: all_of_it",
    "Requires-Dist: base",
    'Requires-Dist: speedups ; extra == "Fast"',
    'Requires-Dist: thing[fast] ; extra == "all_of_it"',
    'Requires-Dist: more ; extra == "all-of-it" and python_version >= "3"',
]


def test_extras_are_offered_each_by_itself() -> None:
    found = wheel_metadata.dependencies(metadata(*EXTRAS), [])
    assert found[""] == {"base": []}
    assert found["fast"] == {"base": [], "speedups": []}
    assert found["all-of-it"] == {"base": [], "more": [], "speedups": []}


def test_extra_of_the_lock_line() -> None:
    assert wheel_metadata.dependencies(metadata(*EXTRAS), ["fast"])[""] == {"base": [], "speedups": []}


def test_bad_requires_dist() -> None:
    with pytest.raises(wheel_metadata.MetadataError, match="bad Requires-Dist"):
        wheel_metadata.dependencies(metadata("Requires-Dist: !!"), [])


def test_marker_of_a_lock_line() -> None:
    assert wheel_metadata.marker_is_true("")
    assert wheel_metadata.marker_is_true('python_version >= "3"')
    assert not wheel_metadata.marker_is_true('python_version < "3"')
    with pytest.raises(ValueError, match="bad marker"):
        wheel_metadata.marker_is_true("python_version <")


def test_read_of_a_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    write_wheel(wheel, {}, ["Requires-Dist: six"])
    assert wheel_metadata.dependencies(wheel_metadata.read(wheel), []) == {"": {"six": []}}


def test_read_of_what_is_no_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    wheel.write_text("no archive")
    with pytest.raises(wheel_metadata.MetadataError, match="not a ZIP archive"):
        wheel_metadata.read(wheel)
