"""A par that carries its Python runs in places that have next to nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.modes.running import ANYWHERE, PARS, ask, check, copy_open_to_all, in_root, there
from tests.run import minimal_root

@pytest.fixture(params=sorted(PARS))
def par(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy, alone in its directory."""
    return Path(shutil.copy(PARS[request.param], tmp_path / "x.par"))


@pytest.fixture
def full(tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS["full"], tmp_path / "x.par"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "root"
    directory.mkdir()
    return directory


@pytest.mark.parametrize("mode", sorted(PARS))
def test_in_place(mode: str) -> None:
    """From the build tree, with the host's programs."""
    questions = [*ANYWHERE, "ls", "forkserver"]
    answers = ask([PARS[mode]], *questions)
    check(answers, questions)
    assert (answers["ls"], answers["forkserver"]) == ("/\n", [5050, True, True, 0])
    assert answers["about"]["file"] == f"{PARS[mode]}/_main/tests/modes/probe.py"


def test_copied(par: Path) -> None:
    check(ask([par], *ANYWHERE), ANYWHERE)
    assert [each.name for each in par.parent.iterdir()] == ["x.par"]


def test_empty_environment(par: Path) -> None:
    answers = ask([par], *ANYWHERE, env={})
    check(answers, ANYWHERE)
    assert (answers["about"]["environ"], answers["about"]["kernel_environ"]) == ({}, [])


@pytest.mark.parametrize("options", [[], ["--read-only"], ["--read-only", "--user=nobody", "--no-network"]])
def test_empty_root(full: Path, root: Path, options: list[str]) -> None:
    """There is the par, and /proc: no library, no /dev, no /tmp, no /etc."""
    answers = ask(in_root(root, full, *options), *ANYWHERE, env={})
    check(answers, ANYWHERE)
    assert answers["about"]["file"] == "/x.par/_main/tests/modes/probe.py"
    assert answers["names"]["user"] is None, "there is no /etc/passwd"


BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


@pytest.mark.parametrize("place", [BUNDLE, "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"])
def test_certificates_of_the_host(full: Path, root: Path, place: str) -> None:
    """Wherever its distribution has them."""
    command = in_root(root, full, f"--copy={BUNDLE}:{place.lstrip('/')}")
    assert ask(command, "certificates", env={})["certificates"] > 50


def test_no_certificates(full: Path, root: Path) -> None:
    assert ask(in_root(root, full), "certificates", env={}) == {"certificates": 0}


def test_the_environment_names_certificates(full: Path, root: Path) -> None:
    command = in_root(root, full, f"--copy={BUNDLE}:etc/pki/tls/certs/ca-bundle.crt")
    assert ask(command, "certificates", env={"SSL_CERT_FILE": "/none.pem"}) == {"certificates": 0}


def test_first_process_of_a_container(full: Path, root: Path) -> None:
    answers = ask(in_root(root, full, "--first-process"), *ANYWHERE[:-1], env={})
    assert answers["about"]["pid"] == 1
    check({**answers, "daemon": "True sqlite3\n"}, ANYWHERE)


def test_the_empty_root_is_empty(root: Path) -> None:
    """The place is what it says it is: a program of the host cannot even start there."""
    command = in_root(root, Path(shutil.which("ls") or ""))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "No such file or directory" in done.stderr, done


def test_user_nobody(par: Path) -> None:
    with copy_open_to_all(par) as copy:
        # Not here: workers of multiprocessing change to the directory of their parent, and nobody may not be allowed to.
        answers = ask([*there("--user=nobody"), copy], *ANYWHERE, cwd="/")
    check(answers, ANYWHERE)
    assert answers["names"]["user"] == "nobody"


def test_no_network(par: Path) -> None:
    check(ask([*there("--no-network"), par], *ANYWHERE), ANYWHERE)


def test_read_only_root_without_tmp(par: Path, root: Path) -> None:
    """With the host's /usr and /etc, as nobody, with an empty environment: see tests/run/minimal_root.py."""
    command: list[str | Path] = [sys.executable, minimal_root.__file__, root, f"--copy={par}:x.par", "--", "/x.par"]
    answers = ask(command, *ANYWHERE)
    check(answers, ANYWHERE)
    assert (answers["about"]["environ"], answers["names"]["user"]) == ({}, "nobody")


def test_by_path_look_up(par: Path) -> None:
    """With an empty environment but for PATH: the program is the par, and knows where it is."""
    answers = ask(["x.par"], *ANYWHERE, env={"PATH": str(par.parent)})
    check(answers, ANYWHERE)
    about = answers["about"]
    assert (about["exe"], about["comm"]) == (str(par), "x.par")
    assert about["file"].startswith(f"{par}/")


def test_by_a_relative_path(par: Path) -> None:
    check(ask(["./x.par"], *ANYWHERE, cwd=par.parent), ANYWHERE)


def test_by_a_link(par: Path) -> None:
    link = par.parent / "another-name"
    link.symlink_to("x.par")
    answers = ask([link], *ANYWHERE)
    check(answers, ANYWHERE)
    assert (answers["about"]["comm"], answers["about"]["argv"][0]) == ("another-name", str(link))


def test_by_a_descriptor(par: Path) -> None:
    """fexecve(3), which is os.execve of a descriptor: there is no path to know."""
    code = "import os, sys; os.execve(os.open(sys.argv[1], os.O_RDONLY), sys.argv[2:], os.environ)"
    answers = ask([sys.executable, "-c", code, par, "any-name"], *ANYWHERE)
    check(answers, ANYWHERE)
    assert answers["about"]["command"] == ["any-name", *ANYWHERE]
    assert answers["about"]["exe"] == str(par)


def test_few_descriptors(par: Path) -> None:
    """`ulimit -n`: the par needs none beyond what a Python program needs."""
    code = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); os.execv(sys.argv[1], sys.argv[1:])"
    check(ask([sys.executable, "-c", code, par], *ANYWHERE), ANYWHERE)
