"""A par that cannot run says so in one line, with the status of ARCHITECTURE.md, section 4, and without a traceback."""

import ctypes
import errno
import os
import re
import resource
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from rules_par_testing.programs import find_program

from tests.run.live_par import ENVIRONMENT, interpreter_of
from tests.run.seccomp import deny

DAMAGED, UNREADABLE, SYSTEM, WRONG_PYTHON = 65, 66, 71, 78
# Has shared objects: of no Python version in particular, and, in the second, of one only.
PAR = Path(os.environ["PAR"]).absolute()
EXACT_PAR = Path(os.environ["EXACT_PAR"]).absolute()
_MOST_MEMORY = 4 << 30


@pytest.fixture
def par(tmp_path: Path) -> Path:
    return Path(shutil.copy(PAR, tmp_path / "x.par"))


def run(command: "list[str | Path]", preexec: Callable[[], None] = lambda: None) -> "subprocess.CompletedProcess[str]":
    def prepare() -> None:
        # Damage may say that something is huge: it must not take all memory of the machine that runs the test.
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        preexec()

    return subprocess.run(
        command,
        env=ENVIRONMENT,
        preexec_fn=prepare,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )


def refusal(status: int, command: "list[str | Path]", preexec: Callable[[], None] = lambda: None) -> str:
    """Runs the command, which must be refused; returns the line it says."""
    done = run(command, preexec)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(f"{command[-1]}: "), done.stderr
    return done.stderr


def root_record(par: Path) -> tuple[int, int]:
    """Offset and size of the root record, from the header (ARCHITECTURE.md, section 3)."""
    content = par.read_bytes()
    magic, version, _, size, offset, length = struct.unpack_from("<8sIIQQQ", content, content.index(b"RULESPAR"))
    assert (magic, version, size) == (b"RULESPAR", 1, len(content))
    return offset, length


def overwrite(par: Path, offset: int, data: bytes) -> None:
    with par.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def test_the_copy_runs_untouched(par: Path) -> None:
    """What the other tests change is what makes the difference."""
    assert run([par]).returncode == 0
    assert run([EXACT_PAR]).returncode == 0


def test_wrong_machine(par: Path) -> None:
    if os.uname().machine != "x86_64":
        pytest.fail("write down here which machine this kernel can pose as")

    def pose_as_i686() -> None:
        assert ctypes.CDLL(None).personality(8) >= 0  # PER_LINUX32: what `setarch i686` does

    said = refusal(WRONG_PYTHON, [par], pose_as_i686)
    assert "x86_64" in said and "i686" in said


def test_wrong_python_version() -> None:
    """With the first other interpreter that is installed: the sid root has two."""
    own = interpreter_of(EXACT_PAR)[-1]
    version = re.search(r"3\.(\d+)$", own)
    assert version, own
    others = [f"python3.{minor}" for minor in range(9, 30) if minor != int(version[1])]
    found = [path for path in map(shutil.which, others) if path]
    assert found, f"none of {', '.join(others)} is installed: apt-get install {others[-1]}"
    for other in found:
        said = refusal(WRONG_PYTHON, [other, EXACT_PAR])
        assert f"built for Python {version[0]}" in said and other.rpartition("python")[2] in said


@pytest.mark.parametrize("part", [0.999999, 0.5, 0.01])
def test_cut_short(par: Path, part: float) -> None:
    size = int(par.stat().st_size * part)
    os.truncate(par, size)
    done = run([par])
    assert done.returncode not in (0, None)
    assert "this-par-is-damaged-or-cut-short--copy-it-again" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_longer_than_built(par: Path) -> None:
    with par.open("ab") as file:
        file.write(b"\n")
    assert "damaged" in refusal(DAMAGED, [par])


@pytest.mark.parametrize("garbage", [b"\0", b"\xff", b"["])
def test_damaged_root_record(par: Path, garbage: bytes) -> None:
    offset, size = root_record(par)
    overwrite(par, offset, garbage * size)
    assert "damaged" in refusal(DAMAGED, [par])


@pytest.mark.parametrize("at", [0.0, 0.3, 0.6, 0.9])
def test_damaged_in_one_place_of_the_root_record(par: Path, at: float) -> None:
    """It may be harmless. What it must not be is a traceback, or a crash."""
    offset, size = root_record(par)
    overwrite(par, offset + int(size * at), b"\xee\xee\xee\xee")
    done = run([par])
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, DAMAGED, WRONG_PYTHON), done.stderr


def test_header_of_another_format(par: Path) -> None:
    overwrite(par, par.read_bytes().index(b"RULESPAR") + 8, b"\x63\0\0\0")
    assert "format" in refusal(DAMAGED, [par])


def test_unreadable(par: Path) -> None:
    """The kernel (strace, for it) refuses to open the par, each time that it is opened in turn. Python itself opens it
    before the launcher does, and has its own words for that."""
    said = {}
    for number in range(1, 100):
        inject = ["-P", par, "-e", "trace=open,openat", "-e", f"inject=open,openat:error=EACCES:when={number}"]
        done = run([find_program("strace"), "-f", "-o", "/dev/null", *inject, "--", par])
        if done.returncode == 0:
            break
        said[done.returncode] = done.stderr
    assert done.returncode == 0, "still refused"
    assert UNREADABLE in said, said
    assert said[UNREADABLE] == f"{par}: cannot be read (Permission denied): make it readable (chmod a+r)\n"


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS])
def test_memfd_create_refused(par: Path, error: int) -> None:
    said = refusal(SYSTEM, [par], lambda: deny("memfd_create", error))
    assert "memfd_create" in said and os.strerror(error) in said
