"""What a process that a par with its own Python makes looks like, from outside and to its children."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.modes.running import ENVIRONMENT, PARS, HeldProbe, ask

# Mode -> examples/hello in that mode.
HELLO = {mode: Path(path).absolute() for mode, path in json.loads(os.environ["HELLO"]).items()}
# Variables of the dynamic linker and of Python that the user may have for other programs. The values lead nowhere: no
# program does anything else for them.
OF_THE_USER = {
    **ENVIRONMENT,
    "GLIBC_TUNABLES": "glibc.malloc.check=0",
    "LD_BIND_NOW": "1",
    "LD_LIBRARY_PATH": "/nowhere/lib:/nowhere/else",
    "PYTHONHOME": "/nowhere/python",
    "PYTHONPATH": "/nowhere/modules",
    "PYTHONSTARTUP": "/nowhere/startup.py",
}


@pytest.fixture(params=sorted(PARS))
def par(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS[request.param], tmp_path / "tool.par"))


def test_one_process_with_the_name_of_the_par(par: Path) -> None:
    with HeldProbe(par, "about") as probe:
        about = probe.answers["about"]
        assert about["pid"] == probe.pid, "what was started is what runs"
        assert (about["threads"], about["children"]) == (1, [])
        assert (about["comm"], about["exe"]) == ("tool.par", str(par))
        assert about["command"] == [str(par), "--hold", "about"]
        assert about["argv"] == [str(par), "--hold", "about"]
        shown = subprocess.run(
            ["ps", "-ww", "-o", "comm=,args=", "-p", str(probe.pid)], capture_output=True, text=True, check=True
        )
        assert shown.stdout.split() == ["tool.par", str(par), "--hold", "about"]


def test_the_running_par_cannot_be_written(par: Path) -> None:
    """As any running program: the kernel says "Text file busy", and no half-written code is ever run."""
    par.chmod(0o755)
    with HeldProbe(par), pytest.raises(OSError, match="Text file busy"):
        par.open("r+b")
    par.open("r+b").close()


def test_argument_zero_is_the_callers(par: Path) -> None:
    done = subprocess.run(
        ["a name", "about"], executable=par, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert '"command": ["a name", "about"]' in done.stdout


def test_the_environment_is_the_users(par: Path) -> None:
    """In the program, in /proc, and in children: nothing added, nothing lost, in the order in which it was."""
    expected = [f"{name}={value}" for name, value in OF_THE_USER.items()]
    answers = ask([par], "about", "child_environment", env=OF_THE_USER)
    assert answers["about"]["environ"] == OF_THE_USER
    assert sorted(answers["about"]["kernel_environ"]) == sorted(expected)
    assert sorted(answers["child_environment"]) == sorted(expected)


def test_the_users_preload_is_there_for_children(par: Path) -> None:
    """ld.so of the child says that it has tried; that of the par has not."""
    environment = {**ENVIRONMENT, "LD_PRELOAD": "/nowhere/preload.so"}
    done = subprocess.run([par, "child_environment"], env=environment, capture_output=True, text=True, check=True)
    assert "LD_PRELOAD=/nowhere/preload.so" in done.stdout
    assert done.stderr == ""
    # The control.
    done = subprocess.run(["/bin/true"], env=environment, capture_output=True, text=True, check=True)
    assert "/nowhere/preload.so" in done.stderr


def test_children_have_the_descriptors_of_the_user(par: Path) -> None:
    """0, 1, 2, and the one with which `ls` reads the directory: none of the par's."""
    assert ask([par], "child_descriptors", close_fds=True)["child_descriptors"] == ["0", "1", "2", "3"]


def test_a_program_of_the_host(par: Path) -> None:
    assert ask([par], "ls") == {"ls": "/\n"}


@pytest.mark.parametrize("child", ["system", "embedded", "full"])
def test_a_par_of_another_mode_as_a_child(par: Path, child: str) -> None:
    """It has its own Python and its own libraries, or the host's in system mode."""
    hello = HELLO[child]
    status, output, errors = ask([par], "program", env={**ENVIRONMENT, "PROBE_PROGRAM": str(hello)})["program"]
    assert (status, errors) == (0, "")
    assert re.fullmatch(
        rf"Hello, world: this is Python 3\..*, and I am {hello}/_main/examples/hello/hello\.py\n", output
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(par: Path, method: str) -> None:
    """Its children run a function of the main module, in a process of their own, by the same `sys.executable`."""
    assert ask([par], method) == {method: [5050, True, True, 0]}


def test_the_interpreter(par: Path) -> None:
    answers = ask([par], "interpreter")["interpreter"]
    flags = answers.pop("options")
    assert answers == {
        "-c": [0, "['-c', 'a', 'b']\n", ""],
        "-m": [0, '{"a":[1,2]}\n', ""],
        "-": [0, "42\n", ""],
        "status": [7, "", ""],
        "again": [0, "1\n", ""],
    }
    assert (flags[0], flags[2]) == (0, "")
    for flag in ("optimize=1", "isolated=1", "dev_mode=True"):
        assert flag in flags[1]


def test_the_interpreter_in_the_place_of_the_program(par: Path) -> None:
    """os.execv(sys.executable, ...) with any argv[0]."""
    assert ask([par], "replaced") == {"replaced": ["-c", "x"]}


def test_the_interpreter_of_a_daemon(par: Path) -> None:
    """Whose parent is gone, and that has closed the descriptors that it found."""
    assert ask([par], "daemon") == {"daemon": "True sqlite3\n"}


def test_the_interpreter_when_the_program_that_gave_it_is_gone(par: Path) -> None:
    """`sys.executable` is a path that another program can use, when no process of the par is left."""
    executable = ask([par], "about")["about"]["executable"]
    code = "import sqlite3, sys; print(sys.executable, sqlite3.connect(':memory:').execute('SELECT 1').fetchone())"
    done = subprocess.run([executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{executable} (1,)\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_as_any_program(par: Path, number: signal.Signals) -> None:
    """The status that a shell sees: killed by that signal."""
    process = subprocess.Popen([par, "--hold"], env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"\n"
    os.kill(process.pid, number)
    process.communicate()
    assert process.returncode == -number


def test_a_par_in_the_hash_bang_line_of_a_script(par: Path, tmp_path: Path) -> None:
    """As scripts that pip installs have it: the interpreter runs the script, and knows itself."""
    script = tmp_path / "script"
    script.write_text(f"#!{tmp_path}/.//{par.name}\nimport sys\nprint(sys.argv, sys.executable, __file__)\n", encoding="utf-8")
    script.chmod(0o755)
    done = subprocess.run([script, "one"], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{[str(script), 'one']} {tmp_path}/.//{par.name} {script}\n"
