"""A program sees a py_wheel_library as an installed distribution."""

import importlib.metadata
import importlib.resources

import sample


def test_modules_and_data() -> None:
    assert sample.VALUE == 42
    assert (importlib.resources.files("sample") / "greeting.txt").read_text() == "hello\n"


def test_distribution() -> None:
    distribution = importlib.metadata.distribution("sample")
    assert distribution.version == "1.0"
    (script,) = distribution.entry_points
    assert (script.group, script.name, script.value) == ("console_scripts", "sample", "sample:main")


def test_all_files_are_there() -> None:
    files = importlib.metadata.files("sample") or []
    assert len(files) == 12
    assert all(file.locate().is_file() for file in files)
