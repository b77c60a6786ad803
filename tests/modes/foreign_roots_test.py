"""The same file runs in other distributions: one with an older glibc and a Python of its own, one whose libc is musl.

The first is the part of Debian bookworm that is in the root of ./bazelw (tools/bazel_root). The second is made of
Debian's musl: its ld.so, which is its libc too, and a program compiled for it, nothing else.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.modes.running import ANYWHERE, ENVIRONMENT, PARS, ask, check, in_root, there

BOOKWORM = Path("/usr/lib/rules_par/bookworm")


@pytest.fixture
def full(tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS["full"], tmp_path / "x.par"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "root"
    directory.mkdir()
    return directory


def output(command: "list[str]") -> str:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def bookworm() -> str:
    assert BOOKWORM.is_dir(), f"{BOOKWORM}: run this with BAZELW=root ./bazelw test"
    return f"--base={BOOKWORM}"


def test_bookworm(full: Path, root: Path, bookworm: str) -> None:
    questions = [*ANYWHERE, "ls"]
    answers = ask(in_root(root, full, bookworm), *questions, env={**ENVIRONMENT, "PYTHONHOME": "/usr"})
    check(answers, questions)
    assert answers["about"]["file"].startswith("/x.par/")
    assert answers["ls"] == "/\n", "of bookworm, with bookworm's libraries"


def test_bookworm_is_another_system(root: Path, bookworm: str) -> None:
    """Its libc is older than the one of this process, and its Python works: neither is what the par runs with."""
    (libc,) = BOOKWORM.glob("lib/*/libc.so.6")
    where = there(f"--root={root}", bookworm)
    assert "release version 2.36." in output([*where, f"/{libc.relative_to(BOOKWORM)}"])
    code = "import os; print(os.confstr('CS_GNU_LIBC_VERSION'), os.__file__)"
    assert output([*where, "/usr/bin/python3", "-c", code]) == "glibc 2.36 /usr/lib/python3.11/os.py\n"
    done = subprocess.run([*where, shutil.which("python3.14") or "", "-V"], capture_output=True, text=True, check=False)
    assert done.returncode != 0, "a program of this system does not even start there"


@pytest.fixture(scope="module")
def musl(tmp_path_factory: pytest.TempPathFactory) -> "list[str]":
    """place.py's options for a root with musl: /program, the same as /bin/sh, and /lib/ld-musl-MACHINE.so.1."""
    program = tmp_path_factory.mktemp("musl") / "program"
    source = Path(__file__).with_name("musl_program.c")
    output(["musl-gcc", "-O", "-Wall", "-Werror", "-o", str(program), str(source)])
    (linker,) = Path("/lib").glob("ld-musl-*.so.1")
    return [f"--copy={linker}:lib/{linker.name}", f"--copy={program}:program", f"--copy={program}:bin/sh"]


@pytest.mark.parametrize("how", ["spawn", "exec", "system"])
def test_musl(full: Path, root: Path, musl: "list[str]", how: str) -> None:
    """A program of that system starts the par, and the par starts one."""
    *where, par = in_root(root, full, *musl)
    # LC_CTYPE, or the Python that runs place.py would add it.
    environment = {"LC_CTYPE": "C.UTF-8", "LD_LIBRARY_PATH": "/nowhere", "PROBE_PROGRAM": "/program maps"}
    answers = ask([*where, "/program", how, par], *ANYWHERE, "program", env=environment)
    status, maps, errors = answers.pop("program")
    check(answers, ANYWHERE)
    assert answers["about"]["environ"] == environment
    assert (status, errors) == (0, ""), "the par's own libraries are not for its children"
    assert mapped_files(maps) == ["ld-musl", "program"]


def mapped_files(maps: str) -> "list[str]":
    files = {line.split(None, 5)[5] for line in maps.splitlines() if " /" in line}
    return sorted(re.sub(r"-\w+\.so\.1$", "", Path(each).name) for each in files)


def test_the_musl_root_has_no_other_libc(root: Path, musl: "list[str]") -> None:
    """What the program has mapped there is itself and musl; a program for glibc does not start."""
    where = there(f"--root={root}", *musl, f"--copy={shutil.which('ls')}:bin/ls")
    assert mapped_files(output([*where, "/program", "maps"])) == ["ld-musl", "program"]
    done = subprocess.run([*where, "/program", "exec", "/bin/ls"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (127, "/bin/ls: No such file or directory\n")
