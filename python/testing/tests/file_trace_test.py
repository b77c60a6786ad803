"""Real programs under the real strace."""

import sys
from pathlib import Path

import pytest
from rules_par_testing import trace_file_changes
from rules_par_testing.file_trace import parse_strace


def changed_paths(program: str, cwd: Path) -> list[str]:
    trace = trace_file_changes([sys.executable, "-I", "-S", "-c", program], cwd=cwd)
    assert trace.returncode == 0, trace.stderr
    assert trace.unknown == ()
    return [path for event in trace.changed() for path in event.paths]


@pytest.mark.parametrize(
    "program",
    [
        "open('made', 'w').close()",
        "import os; os.mkdir('made')",
        "import os; os.symlink('/', 'made')",
        "import os; os.mkfifo('made')",
        "import socket; socket.socket(socket.AF_UNIX).bind('made')",
        "import os; os.close(os.open('.', os.O_TMPFILE | os.O_RDWR)); open('made', 'w')",
        "import os; os.close(os.open('made', os.O_CREAT | os.O_RDONLY))",
        "import os; os.posix_spawn('/bin/sh', ['sh', '-c', ': >made'], {}); os.wait()",
        "import os, threading; t = threading.Thread(target=os.mkdir, args=['made']); t.start(); t.join()",
        # Gone before anyone could look at the directory.
        "import os; os.close(os.open('made', os.O_CREAT | os.O_WRONLY)); os.unlink('made')",
    ],
)
def test_sees_what_is_made(program: str, tmp_path: Path) -> None:
    assert any(Path(path).name == "made" for path in changed_paths(program, tmp_path))


def test_an_open_tells_the_absolute_path(tmp_path: Path) -> None:
    assert str(tmp_path / "made") in changed_paths("open('made', 'w').close()", tmp_path)


def test_sees_the_temporary_file_without_a_name(tmp_path: Path) -> None:
    program = "import os; os.open('.', os.O_TMPFILE | os.O_RDWR)"
    assert any(path.startswith(str(tmp_path)) for path in changed_paths(program, tmp_path))


def test_reading_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    assert changed_paths("import os; open('there').read(); os.stat('there'); os.listdir('.')", tmp_path) == []


def test_memory_is_not_a_file(tmp_path: Path) -> None:
    assert changed_paths("import os; os.write(os.memfd_create('made'), b'x')", tmp_path) == []


def test_a_refused_attempt_is_an_event_but_not_a_change(tmp_path: Path) -> None:
    program = "import os\ntry: os.mkdir('/proc/made')\nexcept OSError: pass"
    trace = trace_file_changes([sys.executable, "-I", "-S", "-c", program], cwd=tmp_path)
    assert [(event.call, event.paths) for event in trace.events] == [("mkdir", ("/proc/made",))]
    assert trace.changed() == []


def test_environment_input_and_result_are_the_programs(tmp_path: Path) -> None:
    program = "import os, sys; print(sorted(os.environ), sys.stdin.read()); sys.exit(7)"
    command = [sys.executable, "-I", "-S", "-c", program]
    trace = trace_file_changes(command, env={"LC_ALL": "C.UTF-8"}, input=b"hello")
    assert (trace.returncode, trace.stdout) == (7, b"['LC_ALL'] hello\n")


def test_an_unknown_call_with_a_path_is_reported() -> None:
    events, unknown, count = parse_strace('brandnew("/x", 0) = 0\nopenat(AT_FDCWD</>, "x", O_RDONLY) = 3</x>\n')
    assert (events, unknown, count) == ([], ['brandnew("/x", 0) = 0'], 2)
