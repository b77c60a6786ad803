"""Where the files of a wheel go, and what is said of a bad one."""

import zipfile
from pathlib import Path

import pytest
import wheel_layout
from wheel_files import SAMPLE_FILES, write_sample, write_wheel


def tree(directory: Path) -> dict[str, str]:
    return {path.relative_to(directory).as_posix(): path.read_text() for path in directory.rglob("*") if path.is_file()}


def laid_out(tmp_path: Path) -> dict[str, str]:
    wheel = tmp_path / "sample-1.0-py3-none-any.whl"
    write_sample(wheel)
    wheel_layout.lay_out(wheel, tmp_path / "site-packages")
    return tree(tmp_path / "site-packages")


def test_places(tmp_path: Path) -> None:
    files = laid_out(tmp_path)
    assert sorted(files) == [
        "bin/sample-tool",
        "include/sample/sample.h",
        "sample-1.0.dist-info/METADATA",
        "sample-1.0.dist-info/RECORD",
        "sample-1.0.dist-info/WHEEL",
        "sample-1.0.dist-info/entry_points.txt",
        "sample-1.0.dist-info/licenses/LICENSE",
        "sample/__init__.py",
        "sample/greeting.txt",
        "sample_plat.py",
        "sample_pure.py",
        "share/sample/table.csv",
    ]
    assert files["sample/__init__.py"] == SAMPLE_FILES["sample/__init__.py"]
    assert files["bin/sample-tool"] == "#!/usr/bin/env python3\nprint(1)\n"


def test_record_lists_what_is_there(tmp_path: Path) -> None:
    files = laid_out(tmp_path)
    recorded = [line.split(",")[0] for line in files["sample-1.0.dist-info/RECORD"].splitlines()]
    assert sorted(recorded) == sorted(files)


def test_same_wheel_same_tree(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert laid_out(tmp_path / "a") == laid_out(tmp_path / "b")


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py", "sample/../../outside.py"])
def test_file_outside(tmp_path: Path, name: str) -> None:
    wheel = tmp_path / "sample-1.0-py3-none-any.whl"
    write_wheel(wheel, {name: ""})
    with pytest.raises(wheel_layout.BadWheel, match="a file outside of itself"):
        wheel_layout.lay_out(wheel, tmp_path / "site-packages")
    assert not list(tmp_path.rglob("outside.py"))


def test_two_files_for_one_place(tmp_path: Path) -> None:
    wheel = tmp_path / "sample-1.0-py3-none-any.whl"
    write_wheel(wheel, {"a.py": "", "sample-1.0.data/purelib/a.py": ""})
    with pytest.raises(wheel_layout.BadWheel, match="two of its files have one place in site-packages"):
        wheel_layout.lay_out(wheel, tmp_path / "site-packages")


def refusal(wheel: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.argv", ["wheel_layout", f"--wheel={wheel}", f"--site_packages={wheel.parent / 'out'}"])
    assert wheel_layout.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_not_an_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "sample-1.0-py3-none-any.whl"
    wheel.write_text("no archive")
    assert refusal(wheel, capsys, monkeypatch).startswith(
        "sample-1.0-py3-none-any.whl: bad wheel: it is not a ZIP archive, or a damaged one"
    )


@pytest.mark.parametrize(
    ("file_name", "members"),
    [
        ("sample-1.0-py3-none-any.whl", {}),
        ("sample-1.0-py3-none-any.whl", {"other-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\n"}),
        ("sample-1.0-py3-none-any.whl", {"sample-1.0.dist-info/WHEEL": "Wheel-Version: 9.0\n"}),
        ("sample-1.0-py3-none-any.whl", {"sample-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"}),
        ("no_wheel_name.whl", {"sample-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\n"}),
    ],
    ids=["empty", "of another", "version 9", "without RECORD", "file name"],
)
def test_not_a_wheel(
    tmp_path: Path,
    file_name: str,
    members: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel = tmp_path / file_name
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    assert refusal(wheel, capsys, monkeypatch).startswith(f"{file_name}: bad wheel: it does not follow the wheel spec")
