"""Which paths lie in the par, and where."""

import json
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import make_par, run

# PAR: its absolute path as started; LINK: a symbolic link to it; DIR: its directory. None: not in the par.
PATHS = {
    "PAR": "",
    "PAR/": "",
    "PAR//": "",
    "PAR/.": "",
    "PAR/_main": "_main",
    "PAR/_main/": "_main",
    "PAR/_main/data": "_main/data",
    "PAR//_main///data": "_main/data",
    "PAR/./_main/./data": "_main/data",
    "PAR/_main/../_main/data": "_main/data",
    "PAR/x/..": "",
    "PAR/..": None,
    "PAR/../": None,
    "PAR/../app.par": "",
    "PAR/../app.par/_main": "_main",
    "PAR/../app.par.bak": None,
    "PAR/../../DIRNAME/app.par/x": "x",
    "PAR/_main/../../other": None,
    "PAR/_main/../../app.parx": None,
    "PAR.bak": None,
    "PAR.bak/_main": None,
    "PARx": None,
    "PAR /x": None,
    "PAR/.hidden": ".hidden",
    "PAR/..hidden": "..hidden",
    "PAR/a/.b/..c/d.": "a/.b/..c/d.",
    "PAR/a b": "a b",
    "PAR/ünï": "ünï",
    "DIR": None,
    "DIR/": None,
    "/": None,
    "": None,
    ".": None,
    "app.par": "",
    "./app.par/_main/data": "_main/data",
    "../DIRNAME/app.par/x": "x",
    "app.par.bak/x": None,
    "app.par/../x": None,
    "_main/data": None,
    "//PAR/x": None,
    "/.PAR/x": None,
    "/./PAR/x": "x",
    "DIR/./app.par/x": "x",
    "DIR//app.par/x": "x",
    "DIR/sub/../app.par/x": "x",
    "LINK/x": "x",
    "LINK/../x": None,
    "/etc/passwd": None,
    "/proc/self/fd/3": None,
    "PAR/\0": "\0",
}

MAIN = """
import json, os, sys
from _rules_par.archive import Archive
archive = Archive(sys.argv[0])
paths = json.loads(sys.argv[1])
os.chdir(os.path.dirname(archive.path))
print(json.dumps({path: [archive.relative(path), archive.relative(os.fsencode(path))] for path in paths}))
"""


@pytest.fixture(scope="module", params=["as it is", "through a link"])
def answers(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> "dict[str, list[str | None]]":
    directory = tmp_path_factory.mktemp("archive")
    app = make_par(directory / "app.par", {"_main/main.py": MAIN, "_main/data": "data"})
    link = directory / "link"
    link.symlink_to("app.par")

    def spelled(path: str) -> str:
        text = path.replace("PAR", str(app).lstrip("/") if path.startswith(("//", "/.")) else str(app))
        # Started through the link, both spellings name the par; started by its path, nothing says that the link does.
        text = text.replace("LINK", str(link if request.param == "through a link" else app))
        return text.replace("DIRNAME", directory.name).replace("DIR", str(directory))

    started = link if request.param == "through a link" else app
    found = json.loads(run([started, json.dumps([spelled(path) for path in PATHS])]).stdout)
    return {path: found[spelled(path)] for path in PATHS}


@pytest.mark.parametrize("path", PATHS)
def test_relative(answers: "dict[str, list[str | None]]", path: str) -> None:
    assert answers[path] == [PATHS[path], PATHS[path]]


def test_files_by_every_spelling_after_a_start_through_a_link(tmp_path: Path) -> None:
    source = """
import os, pathlib, sys
here = os.path.dirname(__file__)
assert here.startswith(sys.argv[0]), here
real = os.path.realpath(sys.argv[0]) + "/_main"
assert not real.startswith(sys.argv[0])
for path in (here + "/data", real + "/data", here + "/none", real + "/./data"):
    assert os.path.realpath(path) == real + path[path.rindex("/"):], path
for directory in (here, os.path.realpath(here), pathlib.Path(here).resolve(), os.path.relpath(here), os.fsencode(here)):
    assert open(os.path.join(directory, b"data" if isinstance(directory, bytes) else "data")).read() == "data", directory
    assert os.path.isdir(directory) and os.listdir(directory), directory
"""
    app = make_par(tmp_path / "app.par", {"_main/main.py": source, "_main/data": "data"})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tool").symlink_to("../app.par")
    run([tmp_path / "bin/tool"])


def test_real_paths_below_a_par_take_no_system_call_for_each_directory(tmp_path: Path) -> None:
    source = """
import os, pathlib
def refuse(path, **_):
    raise AssertionError(path)
os.lstat = refuse
for path in (__file__, __file__ + ".none", os.fsencode(__file__), pathlib.Path(__file__)):
    assert os.path.realpath(path) == os.path.realpath(path, strict=False) == os.fspath(path), path
"""
    (tmp_path / ".hidden").mkdir()
    run(make_par(tmp_path / ".hidden/app.par", {"_main/main.py": source.replace(", strict=False", "" if sys.version_info < (3, 10) else ", strict=False")}))


def test_real_paths_once_the_path_of_the_par_leads_elsewhere(tmp_path: Path) -> None:
    source = """
import os, pathlib
real = os.path.realpath
def check():
    for path in (__file__, os.fsencode(__file__), type("Text", (str,), {})(__file__), __file__ + chr(0) + "x", __file__ + chr(0xd800)):
        answers = []
        for function in (real, real.__wrapped__):
            try:
                answers.append(function(path))
            except ValueError as error:
                answers.append(type(error))
        assert answers[0] == answers[1], answers
    assert os.fspath(pathlib.Path(__file__).resolve()) == real(__file__)
    return real(__file__)
first = check()
os.unlink("link")
os.symlink("two", "link")
assert check() != first
os.rename("one/app.par", "one/other.par")
check()
os.makedirs("three/app.par/_main")
os.symlink("/", "three/app.par/_main/main.py")
os.unlink("link")
os.symlink("three", "link")
assert check() == "/"
"""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    app = make_par(tmp_path / "one/app.par", {"_main/main.py": source})
    (tmp_path / "two/app.par").write_bytes(app.read_bytes())
    (tmp_path / "link").symlink_to("one")
    run([tmp_path / "link/app.par"], cwd=tmp_path)


def test_modules_are_imported_by_every_spelling_of_sys_path(tmp_path: Path) -> None:
    source = """
import importlib, os, sys
top = os.path.dirname(__file__)
os.chdir(os.path.dirname(os.path.dirname(top)))
for number, path in enumerate([top + "/lib", top + "/./lib", top + "//lib/", os.path.realpath(top) + "/lib", os.path.relpath(top) + "/lib"]):
    sys.path.insert(0, path)
    sys.modules.pop("mod", None)
    assert importlib.import_module("mod").VALUE == 5, path
    sys.path.pop(0)
"""
    run(make_par(tmp_path / "app.par", {"_main/main.py": source, "_main/lib/mod.py": "VALUE = 5"}))


def test_a_deep_tree_and_many_files(tmp_path: Path) -> None:
    deep = "/".join(f"d{number}" for number in range(60))
    files = {f"_main/{deep}/leaf": "leaf", **{f"_main/many/m{number}.py": f"N = {number}" for number in range(1500)}}
    source = f"""
import os, pkgutil
top = os.path.dirname(__file__)
assert open(top + "/{deep}/leaf").read() == "leaf"
assert len(list(pkgutil.iter_modules([top + "/many"]))) == 1500
import many.m1499
print(many.m1499.N, sum(len(names) for _, _, names in os.walk(top + "/many") if names) >= 1500)
"""
    assert run(make_par(tmp_path / "app.par", {"_main/main.py": source, **files})).stdout == "1499 True\n"
