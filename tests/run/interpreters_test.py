"""The same programs under every CPython of the machine, each built for it: Debian-style (all in the executable) and
Fedora-style (in a shared libpython, found through the executable), with native code checked in the live process.

What is run is in the names of the tests. Which interpreters there are is for the machine to say; that there is more
than one, and a Debian-style one, is checked. Fedora-style ones are made of those.
"""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from rules_par_testing import (
    assert_mapped_from_memory,
    assert_no_filesystem_libraries,
    native_members,
    read_process_maps,
)

from tests.run.live_par import ENVIRONMENT, LivePar, interpreter_of

# name -> path, shared (has a libpython), version, pars: name -> path
INTERPRETERS = json.loads(os.environ["INTERPRETERS"])
OLD = json.loads(os.environ["OLD_INTERPRETERS"])
UNUSABLE = json.loads(os.environ["UNUSABLE_INTERPRETERS"])
EXPECTED = {
    "hello.par": r"Hello, world: this is Python {version}, and I am \S+\n",
    "cc_ctypes.par": r"hex: .*\nand back: the same\n",
    "extension.par": r"polygon of 4: 2\.000000\n2 triangles: 2\.000000\n.* linked in 1, shared 2\n",
}
WRONG_PYTHON = 78
CASES = [(name, par) for name in sorted(INTERPRETERS) for par in sorted(EXPECTED)]

_SHARED_MAIN = """
int Py_BytesMain(int argc, char** argv);
int main(int argc, char** argv) { return Py_BytesMain(argc, argv); }
"""


def test_there_are_several_interpreters() -> None:
    print("unusable:", UNUSABLE)
    versions = {tuple(about["version"][:2]) for about in INTERPRETERS.values()}
    assert len(versions) >= 2, f"one version only: {versions}; apt-get install python3.13, or use pyenv"
    assert not all(about["shared"] for about in INTERPRETERS.values()), "none is Debian-style"


@pytest.fixture(scope="session")
def shared_pythons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Fedora-style twins of the Debian-style interpreters: an executable that has nothing but a libpython."""
    directory = tmp_path_factory.mktemp("shared")
    (directory / "main.c").write_text(_SHARED_MAIN)
    made = {}
    for name, about in INTERPRETERS.items():
        if not about["shared"]:
            library = "python{}.{}".format(*about["version"])
            path = directory / f"{name}_shared"
            command = ["cc", "-o", path, directory / "main.c", f"-l{library}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{done.stderr}\napt-get install lib{library}-dev"
            made[name] = path
    return made


def check(interpreter: Path, name: str, par: str) -> set[str]:
    """Runs the par, twice, with this interpreter; returns the paths that the live process has mapped."""
    about = INTERPRETERS[name]
    path = Path(about["pars"][par]).absolute()
    expected = EXPECTED[par].format(version=re.escape(".".join(map(str, about["version"]))))
    # The second is started by the interpreter that it was built for, which may not be `interpreter`.
    for command in ([interpreter, path], [path]):
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(expected, done.stdout, re.DOTALL), done.stdout
    members = native_members(path)
    with LivePar(path, interpreter=[str(interpreter)]) as live:
        live.load_natives([member.path for member in members])
        if members:
            assert_mapped_from_memory(live.pid, members)
            assert_no_filesystem_libraries(live.pid, members)
        return {mapping.path for mapping in read_process_maps(live.pid)}


@pytest.mark.parametrize(("name", "par"), CASES)
def test_runs(name: str, par: str) -> None:
    about = INTERPRETERS[name]
    # The first line of a par leads to the interpreter that it was built for.
    assert interpreter_of(Path(about["pars"][par])) == [about["path"]]
    assert b" -cimport sys;" in Path(about["pars"][par]).read_bytes()[:127]
    mapped = check(Path(about["path"]), name, par)
    assert any("/libpython3" in path for path in mapped) == about["shared"]


@pytest.mark.parametrize(("name", "par"), [case for case in CASES if not INTERPRETERS[case[0]]["shared"]])
def test_runs_with_a_shared_libpython(name: str, par: str, shared_pythons: dict[str, Path]) -> None:
    mapped = check(shared_pythons[name], name, par)
    assert any("/libpython3" in path for path in mapped)
    assert not any(path.endswith(f"/{Path(INTERPRETERS[name]['path']).name}") for path in mapped)


@pytest.mark.parametrize("other", sorted(INTERPRETERS))
def test_extension_of_the_limited_api_runs_in_every_version(other: str) -> None:
    """Nothing in this par is for one version: it runs in all, older and newer, without its byte code."""
    par = Path(next(iter(INTERPRETERS.values()))["pars"]["extension.par"]).absolute()
    command = [INTERPRETERS[other]["path"], par]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(EXPECTED["extension.par"], done.stdout, re.DOTALL)


@pytest.mark.parametrize("path", [*(about["path"] for about in INTERPRETERS.values()), *OLD])
def test_another_python_than_the_first_line_is_for(path: str, tmp_path: Path) -> None:
    """As where /usr/bin/python3 is of another version than where the par was built: what the kernel executes then."""
    about = max(INTERPRETERS.values(), key=lambda about: about["version"])
    par = shutil.copy(about["pars"]["extension.par"], tmp_path / "app.par")
    argument = par.read_bytes().partition(b"\n")[0].partition(b" ")[2]
    (tmp_path / "runpy.py").write_text("raise SystemExit('a module of the current directory')")
    (tmp_path / "json.py").write_text("raise SystemExit('a module of the current directory')")
    done = subprocess.run([path, argument, "./app.par"], env=ENVIRONMENT, cwd=tmp_path, capture_output=True, text=True, check=False)
    if path in OLD:
        assert (done.returncode, done.stdout) == (WRONG_PYTHON, "")
        assert re.fullmatch(r"\S+/app.par: needs Python 3\.\d+ or newer, this is [23]\.\d+ .*\n", done.stderr)
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(EXPECTED["extension.par"], done.stdout, re.DOTALL)


@pytest.mark.parametrize("path", OLD)
def test_an_old_python_is_refused_in_one_line(path: str) -> None:
    par = Path(next(iter(INTERPRETERS.values()))["pars"]["hello.par"]).absolute()
    done = subprocess.run([path, par], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (WRONG_PYTHON, "")
    assert re.fullmatch(rf"{re.escape(str(par))}: needs Python 3\.\d+ or newer, this is [23]\.\d+ .*\n", done.stderr)


def test_this_test_runs_in_one_of_them() -> None:
    own = sysconfig.get_python_version()
    assert own in {"{}.{}".format(*about["version"]) for about in INTERPRETERS.values()}
