"""pip itself, on a directory of small wheels and sdists in place of an index."""

import tempfile
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pip", reason="this Python has no pip")

from fetch_package import FetchError, fetch
from lock_file import Requirement
from wheel_files import write_sdist, write_wheel

WRONG = "sha256:" + "0" * 64

BACKEND = """\
import os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "native-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("native.py", "FLAGS = %r" % os.environ["CFLAGS"])
        wheel.writestr("native-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: native\\nVersion: 1.0\\n")
        wheel.writestr("native-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("native-1.0.dist-info/RECORD", "")
    return name
"""
BROKEN_BACKEND = """\
def build_wheel(directory, config_settings=None, metadata_directory=None):
    print("native.c:1: fatal error: mysql.h: No such file")
    raise SystemExit(1)
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is all that pip can see."""
    directory = tmp_path / "index"
    directory.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    # The log of a failure is left there.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return directory


@pytest.fixture
def get(tmp_path: Path, index: Path) -> Any:
    """Fetches requirements into a directory of the test."""

    def run(*requirements: Requirement, sdist: bool = False) -> dict[str, Any]:
        lines = [asdict(requirement) for requirement in requirements]
        return fetch({"requirements": lines, "sdist": sdist, "environment": {}, "directory": str(tmp_path / "fetched")})

    return run


def pinned(digest: str, version: str = "1.0", name: str = "thing", marker: str = "") -> Requirement:
    return Requirement(name, version, (), marker, (digest,))


def test_wheel_and_its_needs(get: Any, index: Path, tmp_path: Path) -> None:
    digest = write_wheel(index / "thing-1.0-py3-none-any.whl", {"thing.py": ""}, ["Requires-Dist: six"])
    assert get(pinned(digest)) == {"wheel": "thing-1.0-py3-none-any.whl", "dependencies": {"": {"six": []}}}
    assert [path.name for path in (tmp_path / "fetched").iterdir()] == ["thing-1.0-py3-none-any.whl"]


def test_no_line_for_this_python(get: Any) -> None:
    assert get(pinned(WRONG, marker='python_version < "3"')) == {"wheel": None, "dependencies": {"": {}}}


def test_line_for_this_python(get: Any, index: Path) -> None:
    digest = write_wheel(index / "thing-2.0-py3-none-any.whl", {})
    old, new = pinned(WRONG, marker='python_version < "3"'), pinned(digest, "2.0", marker='python_version >= "3"')
    assert get(old, new)["wheel"] == "thing-2.0-py3-none-any.whl"


def test_two_lines_for_this_python(get: Any) -> None:
    with pytest.raises(FetchError, match="the markers of 1.0 and 2.0 are both true"):
        get(pinned(WRONG), pinned(WRONG, "2.0", marker='python_version >= "3"'))


def test_wrong_hash(get: Any, index: Path) -> None:
    digest = write_wheel(index / "thing-1.0-py3-none-any.whl", {})
    with pytest.raises(FetchError) as refused:
        get(pinned(WRONG))
    assert str(refused.value) == (
        f"1.0: wrong hash: thing-1.0-py3-none-any.whl ({digest}) has none of the hashes of the lock: "
        "if you trust that file, lock again"
    )


def test_no_such_version(get: Any, index: Path) -> None:
    write_wheel(index / "thing-1.0-py3-none-any.whl", {})
    with pytest.raises(FetchError, match="^9.9: the package index has no such version: "):
        get(pinned(WRONG, "9.9"))


def test_no_wheel_for_this_python(get: Any, index: Path) -> None:
    write_wheel(index / "thing-1.0-cp27-cp27m-manylinux1_x86_64.whl", {})
    with pytest.raises(
        FetchError, match=r"^1.0: no wheel for CPython 3\.\d+ on \S+ \(there are: cp27-cp27m-many\S+\): "
    ):
        get(pinned(WRONG))


def test_sdist_that_is_not_listed(get: Any, index: Path) -> None:
    digest = write_sdist(index / "native-1.0.tar.gz", BACKEND)
    with pytest.raises(FetchError, match=r'an sdist \(native-1.0.tar.gz\): .*`sdists = \["native"\]` in pip.parse'):
        get(pinned(digest, name="native"))


def test_listed_sdist(get: Any, index: Path, tmp_path: Path) -> None:
    digest = write_sdist(index / "native-1.0.tar.gz", BACKEND)
    assert get(pinned(digest, name="native"), sdist=True)["wheel"] == "native-1.0-py3-none-any.whl"
    with zipfile.ZipFile(tmp_path / "fetched/native-1.0-py3-none-any.whl") as wheel:
        # The paths in debug information would differ from build to build.
        assert b" -g0'" in wheel.read("native.py")


def test_listed_sdist_with_wrong_hash(get: Any, index: Path) -> None:
    write_sdist(index / "native-1.0.tar.gz", BACKEND)
    with pytest.raises(FetchError, match="^1.0: wrong hash: native-1.0.tar.gz "):
        get(pinned(WRONG, name="native"), sdist=True)


def test_listed_package_without_sdist(get: Any, index: Path) -> None:
    digest = write_wheel(index / "thing-1.0-py3-none-any.whl", {})
    with pytest.raises(FetchError, match="^1.0: the index has no sdist of it: remove it from `sdists`"):
        get(pinned(digest), sdist=True)


def test_build_that_fails(get: Any, index: Path, tmp_path: Path) -> None:
    digest = write_sdist(index / "native-1.0.tar.gz", BROKEN_BACKEND)
    with pytest.raises(FetchError, match="^1.0: building its sdist failed: ") as refused:
        get(pinned(digest, name="native"), sdist=True)
    assert "fatal error: mysql.h" in str(refused.value)
    (log,) = tmp_path.glob("rules_par-native-*.log")
    assert str(log) in str(refused.value)
