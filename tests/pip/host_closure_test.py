"""Finding libraries of the machine: with libraries that the build has just linked, and with the machine's own."""

import json
import shutil
import sys
from pathlib import Path

import host_closure
import pytest

BUILT = Path(__file__).parent / "libraries"
OUTER = "libpartest_outer.so.1"
INNER = "libpartest_inner-2.so.7"


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    directory = tmp_path / "libraries"
    directory.mkdir()
    for name in (OUTER, INNER):
        shutil.copyfile(BUILT / name, directory / name)
    return directory


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["host_closure", *arguments])
    status = host_closure.main()
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_closure_is_copied(
    libraries: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    status, out, _ = run(capsys, monkeypatch, f"--search_directory={libraries}", f"--output={output}", OUTER)
    assert status == 0
    assert json.loads(out) == [[INNER, str(libraries / INNER)], [OUTER, str(libraries / OUTER)]]
    assert sorted(path.name for path in output.iterdir()) == [INNER, OUTER]
    assert (output / INNER).read_bytes() == (libraries / INNER).read_bytes()


def test_missing_dependency_names_who_needs_it(
    libraries: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (libraries / INNER).unlink()
    status, _, error = run(
        capsys, monkeypatch, f"--search_directory={libraries}", f"--output={tmp_path / 'out'}", OUTER
    )
    assert status == 1
    assert error == (
        f"{INNER} not found, which {OUTER} needs: install the distribution's package that has it "
        f"(Debian: apt-get install libpartest-inner-2-7; Fedora: dnf install '{INNER}()(64bit)')\n"
    )
    assert not (tmp_path / "out").exists()


def test_library_for_another_machine(libraries: Path) -> None:
    library = libraries / INNER
    contents = bytearray(library.read_bytes())
    # e_machine: RISC-V, which is not what this runs on.
    contents[18:20] = (243).to_bytes(2, sys.byteorder)
    library.write_bytes(contents)
    with pytest.raises(host_closure.MissingLibrary, match=r"not found for this machine \(.*/libpartest_inner.* is for"):
        host_closure.closure([INNER], host_closure.Finder([str(libraries)]))


def test_text_file_of_that_name_is_passed_over(libraries: Path, tmp_path: Path) -> None:
    # As GNU ld's scripts are.
    (tmp_path / INNER).write_text("GROUP ( /lib/libc.so.6 )")
    found = host_closure.closure([INNER], host_closure.Finder([str(tmp_path), str(libraries)]))
    assert found[INNER].path == libraries / INNER


def test_library_of_this_machine() -> None:
    # Every machine that has a Python has it.
    found = host_closure.Finder([]).find("libc.so.6", None)
    assert found.path.is_file()


@pytest.mark.parametrize(
    ("soname", "package"),
    [
        ("libmariadb.so.3", "libmariadb3"),
        ("libssl.so.3", "libssl3"),
        ("libbz2.so.1.0", "libbz2-1.0"),
        ("libgdk_pixbuf-2.0.so.0", "libgdk-pixbuf-2.0-0"),
        ("libQt5Core.so.5", "libqt5core5"),
        ("libdb-5.3.so", "libdb5.3"),
        ("plugin.so", None),
    ],
)
def test_debian_package(soname: str, package: str) -> None:
    assert host_closure.debian_package(soname) == package


@pytest.mark.parametrize(
    "soname",
    ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libgcc_s.so.1", "libstdc++.so.6"],
)
def test_left_to_host(soname: str) -> None:
    assert host_closure.is_left_to_host(soname)


@pytest.mark.parametrize("soname", ["libz.so.1", "libcrypt.so.1", "libcrypto.so.3", "libmariadb.so.3", "libgomp.so.1"])
def test_not_left_to_host(soname: str) -> None:
    assert not host_closure.is_left_to_host(soname)
