"""A par with its own Python that cannot run says so in one line, with the status of ARCHITECTURE.md, section 4."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.modes.running import ENVIRONMENT, PARS, ask, copy_open_to_all, in_root
from tests.run.seccomp import deny

DAMAGED, UNREADABLE, SYSTEM = 65, 66, 71


@pytest.fixture(params=sorted(PARS))
def par(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS[request.param], tmp_path / "x.par"))


@pytest.fixture
def full(tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS["full"], tmp_path / "x.par"))


def refusal(
    status: int,
    command: "Sequence[str | Path]",
    *,
    name: "str | Path",
    preexec: Callable[[], None] = lambda: None,
) -> str:
    """Runs the command, which must be refused by the par of that name; returns what it says after its name."""
    done = subprocess.run(
        command,
        env=ENVIRONMENT,
        preexec_fn=preexec,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert (done.returncode, done.stdout) == (status, ""), (done.returncode, done.stderr)
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
    start = f"{name}: "
    assert done.stderr.startswith(start), done.stderr
    return done.stderr[len(start) :]


def test_the_copy_runs_untouched(par: Path) -> None:
    """What the other tests change is what makes the difference."""
    assert ask([par], "thread") == {"thread": 20}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "root"
    directory.mkdir()
    return directory


def test_no_proc(full: Path, root: Path) -> None:
    command = [*in_root(root, full, "--no-proc"), "thread"]
    assert "mount /proc" in refusal(SYSTEM, command, name="/x.par")


def test_no_glibc(root: Path) -> None:
    """Embedded mode takes it from the host, and this one has none: the message says which mode would do."""
    command = [*in_root(root, PARS["embedded"]), "thread"]
    assert 'mode = "full"' in refusal(SYSTEM, command, name="/x.par")


def test_set_user_id(full: Path, root: Path) -> None:
    """The kernel has it run as root for nobody: not with libraries that an environment names."""
    full.chmod(0o4755)
    command = [*in_root(root, full, "--user=nobody"), "thread"]
    assert "set-user-ID" in refusal(SYSTEM, command, name="/x.par")


def test_not_readable_by_the_user(par: Path) -> None:
    """The kernel starts it (mode 0711), but it cannot read itself."""
    code = "import os, sys; os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])"
    with copy_open_to_all(par) as copy:
        copy.chmod(0o711)
        said = refusal(UNREADABLE, [sys.executable, "-c", code, copy, "thread"], name=copy)
    assert "make it readable (chmod a+r)" in said


@pytest.mark.parametrize("part", [0.999999, 0.9, 0.5, 0.01])
def test_cut_short(par: Path, part: float) -> None:
    par.chmod(0o755)
    os.truncate(par, int(par.stat().st_size * part))
    assert "damaged" in refusal(DAMAGED, [par, "thread"], name=par)


def test_longer_than_built(par: Path) -> None:
    par.chmod(0o755)
    with par.open("ab") as file:
        file.write(b"\n")
    assert "damaged" in refusal(DAMAGED, [par, "thread"], name=par)


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS])
def test_memfd_create_refused(par: Path, error: int) -> None:
    said = refusal(SYSTEM, [par, "thread"], name=par, preexec=lambda: deny("memfd_create", error))
    assert "memfd_create" in said and "seccomp" in said
