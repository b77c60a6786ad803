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
    about = said(path, "x")
    assert "runpy" in about["modules"]
    assert about["argv"] == [str(path), "x"]


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


def test_a_cut_that_leaves_the_launcher(app: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(app, tmp_path / "app.par"))
    for size in range(app.stat().st_size - 1, 200, -997):
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
