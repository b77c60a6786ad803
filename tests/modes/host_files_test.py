"""What a par with its own Python looks at before the program, and what it writes: the real strace."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rules_par_testing import trace_file_changes
from rules_par_testing.programs import find_program

from tests.modes.running import ENVIRONMENT, PARS

SIGN = "/the-first-line-of-user-code"  # probe.py begins with it
# Everything of the environment that makes a usual start read a file.
TEMPTING = {
    **ENVIRONMENT,
    "GCONV_PATH": "/usr/lib/gconv",
    "HOME": "/root",
    "LANG": "de_DE.UTF-8",
    "LC_ALL": "fr_FR.ISO-8859-1",
    "LD_LIBRARY_PATH": "/usr/lib:/lib",
    "LOCPATH": "/usr/lib/locale",
    "NLSPATH": "/usr/share/locale/%N",
    "OPENSSL_CONF": "/etc/ssl/openssl.cnf",
    "PYTHONHOME": "/usr",
    "PYTHONPATH": "/usr/lib/python3",
}
# What is opened. Of the host: the time zone, which `time` reads when it is made, before any program.
OPENED = [
    r"/proc/self/exe",  # the par itself
    r"/proc/self/\./fd/\d+",  # its libraries, in memory
    r"/proc/sys/vm/overcommit_memory",  # malloc of libc
    r"/proc/self/maps",  # libc: where the stack of the first thread is (pthread_getattr_np of Python 3.14)
    r"/proc/self/(rules_par/)?pyvenv\.cfg",  # Python; they never exist
    r"/etc/localtime",
]
# What is asked for without being opened, besides the par and its directories.
ASKED = [
    r"/\\377tc/ld\.so\.preload",  # ld.so; the name is one that nobody has
    r"/proc/self/fd/\d+",  # the par, for its real path
    r"/proc/self/rules_par/python",  # Python, for a link; it never exists
]
# The host's libc and what belongs to it.
OF_GLIBC = [
    r"/(usr/)?lib\S*/(ld-linux[\w-]*|lib(c|m|dl|pthread|rt|resolv|util|gcc_s|stdc\+\+))\.so\.\d+",
    r"/etc/ld\.so\.(cache|preload)",
]


@pytest.fixture(params=sorted(PARS))
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def calls_before_the_program(par: Path, directory: Path, environment: "dict[str, str]") -> list[tuple[str, str]]:
    """(system call, path) of each line that strace has of the start of the par."""
    options = ["-ff", "-s", "65535", "-e", "trace=%file,memfd_create", "-e", "signal=none", "-o", f"{directory}/calls"]
    command = [find_program("strace"), *options, "--", str(par)]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    traces = list(directory.glob("calls.*"))
    assert len(traces) == 1, "it is one process"
    lines = traces[0].read_text().splitlines()
    assert lines[0].startswith("execve(")
    end = [number for number, line in enumerate(lines) if SIGN in line]
    assert len(end) == 1, lines
    found = []
    for line in lines[1 : end[0]]:
        call = re.match(r'(\w+)\((?:AT_FDCWD, )?"((?:[^"\\]|\\.)*)"', line)
        assert call or line.startswith("getcwd("), f"strace has a call that this test does not know: {line}"
        if call and call[1] not in ("getcwd", "memfd_create"):
            found.append((call[1], call[2]))
    return found


def of_none(paths: "list[str]", expressions: list[str]) -> list[str]:
    return [path for path in paths if not any(re.fullmatch(each, path) for each in expressions)]


@pytest.mark.parametrize("environment", [ENVIRONMENT, {}, TEMPTING], ids=["usual", "empty", "tempting"])
def test_files_before_the_first_line(mode: str, tmp_path: Path, environment: "dict[str, str]") -> None:
    """In full mode the list above and nothing else; in embedded mode the host's libc as well."""
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    par = Path(shutil.copy(PARS[mode], directory / "x.par"))
    calls = calls_before_the_program(par, tmp_path, environment)
    opened = [path for call, path in calls if call.startswith("open")]
    asked = [path for call, path in calls if not call.startswith("open")]
    assert "/proc/self/exe" in opened
    own = {str(each) for each in [par, *par.parents]}
    libc = OF_GLIBC if mode == "embedded" else []
    assert of_none(opened, OPENED + libc) == []
    assert of_none([path for path in asked if path not in own], ASKED + libc) == []


def test_the_libc_of_the_host_is_seen_in_embedded_mode(tmp_path: Path) -> None:
    """The control for the test above: strace shows what is opened."""
    calls = calls_before_the_program(PARS["embedded"], tmp_path, ENVIRONMENT)
    assert any(path.endswith("/libc.so.6") for call, path in calls if call == "openat"), calls


def test_writes_nothing(mode: str, tmp_path: Path) -> None:
    """Nor do its children; from a directory where it could."""
    questions = ["about", "modules", "names", "thread", "libgcc", "ls", "fork", "interpreter"]
    trace = trace_file_changes([PARS[mode], *questions], env=TEMPTING, cwd=tmp_path)
    assert trace.returncode == 0, trace.stderr
    assert trace.stdout.count(b"\n") == len(questions)
    assert list(trace.unknown) == []
    assert [event.line for event in trace.events] == []
    assert list(tmp_path.iterdir()) == []
