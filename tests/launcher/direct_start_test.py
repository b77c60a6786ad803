"""A `#!` line that has Python run the launcher, and a Python that is given the par as its program, start the same."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from tests.launcher.programs import ENVIRONMENT, make_par, run

MAIN = """
import gc, sys
modules = sorted(sys.modules)
frozen = gc.get_freeze_count()
import json, os
print(json.dumps({
    "argv": sys.argv,
    "orig_argv": getattr(sys, "orig_argv", [])[1:],
    "executable": sys.executable,
    "path": sys.path,
    "names": sorted(globals()),
    "file": __file__,
    "no_site": sys.flags.no_site,
    "isolated": sys.flags.isolated,
    "modules": modules,
    "frozen": frozen,
    "descriptors": os.listdir("/proc/self/fd"),
}))
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_par(tmp_path_factory.mktemp("app") / "app.par", {"_main/main.py": MAIN})


@pytest.fixture(scope="module")
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_par(tmp_path_factory.mktemp("isolated") / "app.par", {"_main/main.py": MAIN}, interpreter=f"{sys.executable} -IS")


def said(*command: "str | Path", **options: object) -> dict:
    return json.loads(run(command, **options).stdout)


def test_options_of_the_first_line_are_in_orig_argv(isolated: Path) -> None:
    if sys.version_info >= (3, 10):
        assert said(isolated, "-x", cwd=str(isolated.parent))["orig_argv"] == ["-IS", str(isolated), "-x"]


def test_a_path_that_looks_like_that_of_the_interpreter(app: Path) -> None:
    for command in ([".//app.par", "a"], [sys.executable, ".//app.par", "a"]):
        assert said(*command, cwd=app.parent)["argv"] == [".//app.par", "a"]


def test_what_a_program_sees(app: Path) -> None:
    for directory, path in (("/", str(app)), (str(app.parent), "./app.par"), (str(app.parent), f"../{app.parent.name}/app.par")):
        direct = said(path, "-c", "--x=1", "", cwd=directory)
        given = said(sys.executable, path, "-c", "--x=1", "", cwd=directory)
        assert "runpy" in given.pop("modules")
        assert "runpy" not in direct.pop("modules")
        assert given.pop("frozen") and direct.pop("frozen")
        assert direct == given
        assert direct["argv"] == [path, "-c", "--x=1", ""]


def test_safe_path_and_python_path(app: Path, tmp_path: Path) -> None:
    for variables in ({"PYTHONSAFEPATH": "1"}, {"PYTHONPATH": str(tmp_path)}, {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(tmp_path)}):
        environment = {**ENVIRONMENT, **variables}
        paths = [said(*command, env=environment)["path"] for command in ([app], [sys.executable, app])]
        assert paths[0] == paths[1]


def test_without_site(isolated: Path) -> None:
    about = said(isolated)
    assert (about["no_site"], about["isolated"]) == (1, 1)
    assert not any("-packages" in path for path in about["path"] if not path.startswith(str(isolated)))
    assert not {"site", "os", "runpy"} & set(about["modules"]), "what the start does not need"


def test_builtins_of_site(tmp_path: Path) -> None:
    source = "import sys\nassert 'site' not in sys.modules\nassert 'Python' in repr(copyright)\nexit(7)\n"
    app = make_par(tmp_path / "app.par", {"_main/main.py": source}, interpreter=f"{sys.executable} -S")
    run([app], status=7)


@pytest.mark.parametrize("options", [[], ["-W", "error"], ["-B", "-X", "utf8"]])
def test_the_interpreter_keeps_the_options_of_the_first_line(tmp_path: Path, options: "list[str]") -> None:
    source = f"import subprocess, sys\nsubprocess.run([sys.executable, *{options}, '-c', 'import sys; print(sys.flags.isolated, sys.flags.no_site)'], check=True)\n"
    app = make_par(tmp_path / "app.par", {"_main/main.py": source}, interpreter=f"{sys.executable} -IS")
    assert run([app]).stdout == "1 1\n"
    app = make_par(tmp_path / "plain.par", {"_main/main.py": source})
    assert run([app]).stdout == "0 0\n"


def test_a_python_of_another_version_takes_the_zip_archive(app: Path, tmp_path: Path) -> None:
    """As when /usr/bin/python3 is another one there than it was where the par was built."""
    content = app.read_bytes()
    start = content[: content.index(b"RULESPAR")]
    assert start.count(repr(MAGIC_NUMBER).encode()) == 1
    other = repr(MAGIC_NUMBER).replace("\\r\\n", "\\n\\r").encode()
    path = tmp_path / "app.par"
    path.write_bytes(content.replace(repr(MAGIC_NUMBER).encode(), other, 1))
    path.chmod(0o755)
    (tmp_path / "json.py").write_text("raise SystemExit('a module of the current directory')")
    about, usual = said("./app.par", "x", cwd=tmp_path), said("./app.par", "x", cwd=app.parent)
    assert "runpy" in about["modules"]
    for name in ("argv", "orig_argv", "names", "descriptors", "no_site"):
        assert about[name] == usual[name], name
    assert about["path"] == [each.replace(str(app), str(path)) for each in usual["path"]]


def test_the_rest_of_the_launcher_is_found_after_chdir_and_invalidate_caches(tmp_path: Path) -> None:
    source = """
import importlib, os
os.chdir("/")
importlib.invalidate_caches()
import subprocess, sys
subprocess.run([os.path.dirname(__file__) + "/tool"], check=True)
"""
    app = make_par(tmp_path / "app.par", {"_main/main.py": source, "_main/tool": "#!/bin/sh\necho done\n"})
    for command in (["./app.par"], [sys.executable, "app.par"]):
        assert run(command, cwd=tmp_path).stdout == "done\n"


def test_the_rest_of_the_launcher_is_found_without_the_cache_of_finders(tmp_path: Path) -> None:
    source = "import os, sys\nsys.path_importer_cache.clear()\nprint(open(os.path.dirname(__file__) + '/text').read())"
    app = make_par(tmp_path / "app.par", {"_main/main.py": source, "_main/text": "found"})
    for command in ([app], [sys.executable, app]):
        assert run(command).stdout == "found\n"


def test_a_cut_in_the_first_lines(app: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(app, tmp_path / "app.par"))
    size = app.read_bytes().index(b"PK\3\4")
    for size in range(size - 1, app.read_bytes().index(b"\n"), -7):
        os.truncate(path, size)
        done = subprocess.run([path], env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert done.returncode and not done.stdout and done.stderr, size


def test_a_cut_that_leaves_the_launcher(app: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(app, tmp_path / "app.par"))
    for size in range(app.stat().st_size - 1, app.read_bytes().index(b"PK\3\4"), -997):
        os.truncate(path, size)
        done = subprocess.run([path], env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (65, ""), size
        assert re.fullmatch(f"{re.escape(str(path))}: is damaged: .*: copy it again\n", done.stderr)


def test_what_is_there_before_main_is_no_work_for_the_garbage_collector(tmp_path: Path) -> None:
    source = """
import gc, weakref
assert gc.get_freeze_count() > 1000
class Node:
    pass
node = Node()
node.itself = node
known = weakref.ref(node)
del node
gc.collect()
print(known())
"""
    assert run(make_par(tmp_path / "app.par", {"_main/main.py": source})).stdout == "None\n"
