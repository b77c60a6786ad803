"""What the index answers is what the file system and importlib answer for the same files."""

import importlib.machinery
import json
import random
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import make_par, run

NAMES = ["a", "b", "c", "__init__", "a b", "ü", "d.e", ".f", "a.py", "mod"]
SUFFIXES = ["", ".py", ".pyc", ".so", ".abi3.so", *importlib.machinery.EXTENSION_SUFFIXES, ".cpython-27.so", ".txt", ".pyi", "py", ".PY", ".py.bak"]
ASKED = ["a", "b", "c", "__init__", "a b", "ü", "d", "d.e", "f", "mod", "none", "py", "A", "__main__"]

MAIN = """
import importlib.machinery, json, os, sys

asked, top = json.loads(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(__file__)
answers = {}
for base, directories, files in os.walk(top):
    place = os.path.relpath(base, top)
    answers[place] = [sorted(directories), sorted(files)]
    for name in asked:
        spec = importlib.machinery.PathFinder.find_spec(name, [base])
        if spec is None:
            continue
        kind = [each.__name__ for each in type(spec.loader).__mro__ if each.__module__.startswith(("_frozen", "importlib"))][:1]
        where = spec.submodule_search_locations
        answers[place].append([
            name, kind, spec.origin and os.path.relpath(spec.origin, top), where and [os.path.relpath(each, top) for each in where], spec.has_location,
        ])
print(json.dumps(answers))
"""


def random_tree(source: random.Random, top: str) -> "dict[str, str]":
    files: "dict[str, str]" = {}
    for _ in range(source.randint(1, 25)):
        parts = [source.choice(NAMES) for _ in range(source.randint(0, 3))]
        path = "/".join([top, *parts, source.choice(NAMES) + source.choice(SUFFIXES)])
        is_free = not any(other.startswith(path + "/") or path.startswith(other + "/") for other in files)
        if is_free and path.rpartition("/")[2]:
            files[path] = ""
    return files


@pytest.mark.parametrize("seed", range(4))
def test_finds_what_importlib_finds_in_the_same_directories(tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    files = {"_main/main.py": MAIN, "_main/main": "not the module"}
    for number in range(60):
        files |= random_tree(source, f"_main/t{number}")
    app = make_par(tmp_path / "app.par", files)
    disk = tmp_path / "app.par-sources"
    inside = json.loads(run([app, json.dumps(ASKED)]).stdout)
    outside = json.loads(run([sys.executable, "-B", disk / "_main/main.py", json.dumps(ASKED), disk / "_main"]).stdout)
    without_byte_code(inside)
    assert inside == outside


def without_byte_code(answers: "dict[str, list]") -> None:
    """Leaves out the __pycache__ directories that the builder adds."""
    for place in [each for each in answers if each.rpartition("/")[2] == "__pycache__"]:
        del answers[place]
        answers[place.rpartition("/")[0] or "."][0].remove("__pycache__")


def test_every_name_that_is_importable_is_imported(tmp_path: Path) -> None:
    """Not only found: the code behind each kind of module runs."""
    import py_compile

    source = tmp_path / "source.py"
    source.write_text("VALUE = __name__, bool(__file__)\n")
    compiled = Path(py_compile.compile(str(source), cfile=str(tmp_path / "m.pyc"), dfile="elsewhere.py", doraise=True)).read_bytes()
    files = {
        "_main/plain.py": source.read_text(),
        "_main/package/__init__.py": source.read_text(),
        "_main/package/inner.py": source.read_text(),
        "_main/compiled.pyc": compiled,
        "_main/compiledpackage/__init__.pyc": compiled,
        "_main/compiledpackage/inner.pyc": compiled,
        "_main/both.py": source.read_text(),
        "_main/both.pyc": b"not this one",
    }
    names = ["plain", "package", "package.inner", "compiled", "compiledpackage", "compiledpackage.inner", "both"]
    main = f"import importlib\nfor name in {names}:\n    assert importlib.import_module(name).VALUE == (name, True), name\nprint('all')"
    assert run(make_par(tmp_path / "app.par", {"_main/main.py": main, **files})).stdout == "all\n"
