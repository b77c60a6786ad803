"""What the index answers is what the file system and importlib answer for the same files."""

import importlib.machinery
import json
import marshal
import random
import struct
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import make_par, run
from tools.builder.index import IndexWriter, name_table

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


@pytest.mark.parametrize("seed", range(20))
def test_the_table_leads_to_every_name_in_order(seed: int) -> None:
    source = random.Random(seed)
    letters = ["a", "b", "\x7f", "é", "\uffee", "\U0001f40d", "\udcff"]
    names = sorted({"".join(source.choices(letters, k=source.randint(1, 3))) for _ in range(source.choice([0, 1, 2, 3, 100]))})
    directories = {name: (source.getrandbits(40), 1) for name in names if source.random() < 0.3}
    files = {name: (source.getrandbits(40), source.getrandbits(20), source.choice([False, True, 3])) for name in names if name not in directories}
    index = IndexWriter(100)
    index.add((files, directories, {"tail": (0, "tail.py", 1, 2)}, name_table(files, directories)))
    record = index.content()[:-8]
    assert marshal.loads(record)[:2] == (files, directories)
    (count,) = struct.unpack_from("<I", record, len(record) - 4)
    places = struct.unpack_from(f"<{count}I", record, len(record) - 4 - 4 * count)
    found = [marshal.loads(record[place:]) for place in places]
    assert found == sorted(found, key=lambda name: name.encode(errors="surrogatepass"))
    assert sorted(found) == names
    for name, place in zip(found, places):
        value = marshal.loads(record[place + len(marshal.dumps(name, 2)) :])
        assert value == {**files, **directories}[name]


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
