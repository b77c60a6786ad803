"""A par with one changed byte, wherever it is, is not whole."""

import zipfile
from pathlib import Path

import pytest

from tests.builder import objects
from tests.launcher.programs import make_par
from tests.par_tool import pars
from tools.par.contents import Contents
from tools.par.verification import Verification

# A prime: the positions are not those of any structure.
_STEP = 487


@pytest.fixture(scope="module")
def par(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("verification")
    library = objects.library(directory / "libone.so.1")
    return make_par(directory / "app.par", {**pars.MAIN, "_main/package/data": b"data" * 100, "_main/libone.so.1": library})


def test_whole(par: Path) -> None:
    assert pars.problems(par) == []
    assert pars.tool("verify", par).stdout.startswith("whole: ")
    report = pars.report("verify", par)
    assert (report["size"], report["problems"]) == (par.stat().st_size, [])
    assert report["members"] == len(zipfile.ZipFile(par).namelist())


def test_each_region(par: Path, tmp_path: Path) -> None:
    archive = zipfile.ZipFile(par)
    entries = {entry.filename: entry for entry in archive.infolist()}

    def content(path: str) -> int:
        entry = entries[path]
        return entry.header_offset + 30 + len(path)

    library = entries["_main/libone.so.1"]
    regions = {
        10: "the bytes before the first member",
        content("_rules_par/header"): "it has no par header",
        content("_rules_par/header") + 13: "_rules_par/header: its content",  # flags, which nobody reads
        content("_rules_par/header") + 16: "bytes, was built with",
        content("_rules_par/header") + 25: "its index cannot be read",
        entries["_main/main.py"].header_offset + 10: "_main/main.py: its ZIP header",  # its time
        content("_main/main.py"): "_main/main.py: its content",
        content("_main/package/data") + 399: "_main/package/data: its content",
        library.header_offset - 1: "_main/libone.so.1: the bytes before it",
        content("_main/libone.so.1") + 100: "_main/libone.so.1: its content",
        content("_rules_par/index") + 5: "_rules_par/index: its content",
        archive.start_dir + 12: "the ZIP directory has changed",  # the time of the first entry
        par.stat().st_size - 1: "the ZIP directory has changed",  # the length of the comment at the end
    }
    assert par.read_bytes()[library.header_offset - 1] == 0
    found = dict(pars.flipped(par, tmp_path / "copy.par", list(regions)))
    missed = {position: (wanted, found[position]) for position, wanted in regions.items() if wanted not in "\n".join(found[position])}
    assert missed == {}


def test_bytes_anywhere(par: Path, tmp_path: Path) -> None:
    size = par.stat().st_size
    directory = zipfile.ZipFile(par).start_dir
    positions = [*range(200), *range(200, directory, _STEP), *range(directory, size, 7), *range(size - 22, size)]
    unnoticed = [position for position, found in pars.flipped(par, tmp_path / "copy.par", positions) if not found]
    assert unnoticed == []


def test_cut_short_and_longer(par: Path, tmp_path: Path) -> None:
    content = par.read_bytes()
    for name, changed in {"short": content[:-1], "long": content + b"\n", "stub": content[:50], "empty": b""}.items():
        (tmp_path / name).write_bytes(changed)
        assert pars.problems(tmp_path / name), name
        assert "copy" in pars.tool("verify", tmp_path / name, status=65).stderr


def test_an_index_that_says_something_else(par: Path, tmp_path: Path) -> None:
    """With sums that are right: a builder with a mistake in it."""
    verification = Verification(Contents(par))
    wrong = next(member for path, member in verification._members.items() if path == "_main/package/data")
    wrong.offset += 1
    *rest, table = verification._archive.directory("_main")
    verification._archive._directories["_main"] = (*rest, table[4:8] + table[:4] + table[8:])
    problems = list(verification._index())
    assert "_main/package/data: the index has something else" in problems
    assert "_main: the index has another table of its names" in problems
