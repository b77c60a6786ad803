"""One par, several scripts: which one runs, and that it runs as any console script does."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.programs.starting import ENVIRONMENT, EX_USAGE, MODES, pars, report, run

LISTED = "again, answer, crash, fail, options, report, workers, zip"


@pytest.fixture(params=MODES)
def scripts(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A par that is nothing but its scripts."""
    return Path(shutil.copy(pars()[f"scripts_{request.param}.par"], tmp_path / "scripts.par"))


@pytest.fixture(params=MODES)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A par with a main besides."""
    return Path(shutil.copy(pars()[f"program_{request.param}.par"], tmp_path / "program.par"))


def named(par: Path, name: str) -> Path:
    path = par.parent / name
    path.symlink_to(par.name)
    return path


@pytest.mark.parametrize("make", [os.symlink, os.link, shutil.copy, os.rename])
@pytest.mark.parametrize("name", ["report", "report.par"])
def test_the_name_chooses(scripts: Path, name: str, make) -> None:
    path = scripts.parent / name
    make(scripts, path)
    facts = report([path, "5", "two"], status=5)
    member = f"{path}/_python/bin/report"
    assert facts["argv"] == [str(path) if name == "report" else member, "5", "two"]
    assert facts["main"] == member
    assert not facts["spec"]
    assert "from tests.programs.commands import report\n" in facts["source"]


def test_a_name_found_on_path(scripts: Path) -> None:
    path = named(scripts, "answer")
    assert run(["answer"], variables={"PATH": f"{scripts.parent}:{ENVIRONMENT['PATH']}"}) == "42\n"
    assert run(["./answer"], cwd=path.parent) == "42\n"


def test_argument_zero_says_more_than_the_path(tmp_path: Path) -> None:
    """What the Python of a par with its own is told. To that of a `#!` line the kernel says the path only."""
    for mode in ("embedded", "full"):
        assert run(["answer"], executable=pars()[f"scripts_{mode}.par"]) == "42\n"
    path = named(Path(shutil.copy(pars()["scripts_full.par"], tmp_path / "x.par")), "answer")
    assert run(["-a-login-shell"], executable=path) == "42\n"


def test_the_variable_chooses(scripts: Path) -> None:
    facts = report([scripts, "3"], status=3, variables={"PAR_SCRIPT": "report"})
    assert facts["argv"] == [f"{scripts}/_python/bin/report", "3"]
    assert run([named(scripts, "report")], variables={"PAR_SCRIPT": "answer"}) == "42\n"


def test_what_a_script_returns_is_the_status(scripts: Path) -> None:
    run([named(scripts, "fail")], status=1, errors="a message for sys.exit\n")


def test_the_script_names_itself(scripts: Path) -> None:
    """argparse takes the name from sys.argv, and since 3.14 from __main__."""
    usage = "usage: options [-h]\noptions: error: unrecognized arguments: -x\n"
    for command, variables in (
        ([named(scripts, "options"), "-x"], {}),
        ([named(scripts, "options.par"), "-x"], {}),
        ([scripts, "-x"], {"PAR_SCRIPT": "options"}),
    ):
        run(command, status=2, errors=usage, variables=variables)


def test_a_script_of_the_standard_library(scripts: Path) -> None:
    archive = scripts.parent / "x.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("member.txt", "")
    assert "member.txt" in run([named(scripts, "zip"), "-l", archive])


def test_workers_of_every_kind(scripts: Path) -> None:
    methods = ["fork", "spawn", "forkserver"]
    expected = "".join(f"{method} True\n" for method in methods)
    assert run([named(scripts, "workers"), *methods]) == expected
    assert run([scripts, *methods], variables={"PAR_SCRIPT": "workers"}) == expected


def test_workers_when_the_par_cannot_be_started_by_path(tmp_path: Path) -> None:
    """They are plain Pythons then, for which a par in Python alone is a ZIP archive."""
    par = Path(shutil.copy(pars()["scripts_system.par"], tmp_path / "workers"))
    par.chmod(0o644)
    expected = "fork True\nspawn True\nforkserver True\n"
    assert run([sys.executable, par, "fork", "spawn", "forkserver"]) == expected


def test_a_script_that_starts_itself_again(scripts: Path) -> None:
    assert run([named(scripts, "again")]) == "again again\n"
    assert run([scripts], variables={"PAR_SCRIPT": "again"}) == "again again\n"


def test_a_script_as_a_child_of_another(tmp_path: Path) -> None:
    """By its path in the par, as programs start what lies beside them in `bin`."""
    scripts = Path(shutil.copy(pars()["scripts_system.par"], tmp_path))
    code = f"import subprocess; print(subprocess.run(['{scripts}/_python/bin/report', '4'], stdout=-1).returncode)"
    assert run([scripts, "-c", code], variables={"PAR_INTERPRETER": "1"}) == "4\n"


def test_a_traceback_is_that_of_the_script(scripts: Path) -> None:
    path = named(scripts, "crash")
    done = subprocess.run([path], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if "~" not in line and "^" not in line]
    assert done.returncode == 1
    assert lines[:3] == [
        "Traceback (most recent call last):",
        f'  File "{path}/_python/bin/crash", line 7, in <module>',
        "    sys.exit(crash())",
    ]
    assert lines[-1] == "ValueError: of the script"
    assert len(lines) == 6


def test_scripts_of_wheels(scripts: Path) -> None:
    def guest(name: str, *arguments: str, **options) -> str:
        return run([scripts, *arguments], variables={"PAR_SCRIPT": name}, **options)

    assert guest("guest", "one") == "guest ['one']\n"
    assert guest("guest-gui", "one") == "guest ['one']\n"
    assert guest("guest-nested", status=7) == ""
    # Started by a name, only what the target lists.
    run([named(scripts, "guest")], status=EX_USAGE, errors=refused(scripts.parent / "guest"))


def refused(path: Path) -> str:
    return f"{path}: is several programs: start it by the name of one ({LISTED}), or with PAR_SCRIPT=NAME\n"


def test_a_name_that_is_none_of_them(scripts: Path) -> None:
    run([scripts], status=EX_USAGE, errors=refused(scripts))
    run([named(scripts, "Report")], status=EX_USAGE, errors=refused(scripts.parent / "Report"))


def test_a_variable_that_names_none_of_them(scripts: Path) -> None:
    every = "again, answer, crash, fail, guest, guest-gui, guest-nested, guest-of-extra, options, report, workers, zip"
    said = f"{scripts}: PAR_SCRIPT=nobody: not a script of this par, which has {every}\n"
    run([scripts], status=EX_USAGE, errors=said, variables={"PAR_SCRIPT": "nobody"})


def test_main_is_what_other_names_start(program: Path) -> None:
    assert run([program, "x"]) == "main program.par x\n"
    assert run([named(program, "answer")]) == "42\n"
    assert run([named(program, "other"), "x"]) == "main other x\n"


def test_the_scripts_are_listed_in_the_archive(scripts: Path) -> None:
    with zipfile.ZipFile(scripts) as archive:
        assert "sys.exit(Answer.give())" in archive.read("_python/bin/answer").decode()
        assert archive.getinfo("_python/bin/answer").external_attr >> 16 & 0o777 == 0o755


def test_outside_of_a_par() -> None:
    """The py_binary chooses by the variable: its name is Bazel's."""
    binary = Path(os.environ["BINARY"]).absolute()
    assert run([binary], variables={"PAR_SCRIPT": "answer"}) == "42\n"
    done = subprocess.run([binary], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == EX_USAGE
    assert re.fullmatch(rf".*: is several programs: start it by the name of one \({LISTED}\), or with PAR_SCRIPT=NAME\n", done.stderr)
