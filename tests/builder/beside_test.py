"""A process beside this one: what it gives back, and when it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.builder import beside
from tools.builder.errors import BuildError


def fail(error: Exception) -> None:
    raise error


def test_result() -> None:
    with beside.running(divmod, 17, 5) as result:
        assert result() == (3, 2)


@pytest.mark.parametrize("error", [BuildError("of ours"), FileNotFoundError(2, "No such file", "name")])
def test_errors(error: Exception) -> None:
    with beside.running(fail, error) as result, pytest.raises(type(error)) as found:
        result()
    assert str(found.value) == str(error)


def test_killed() -> None:
    with beside.running(lambda: os.kill(os.getpid(), signal.SIGKILL)) as result, pytest.raises(BuildError, match="killed"):
        result()


def test_it_ends_with_the_context() -> None:
    read, write = os.pipe()
    with pytest.raises(ZeroDivisionError), beside.running(signal.pause):
        os.close(write)
        assert 1 // 0
    assert os.read(read, 1) == b""  # nobody has the other end any more
    os.close(read)


def test_it_does_not_outlive_the_process_that_started_it(tmp_path: Path) -> None:
    script = "import os, signal\nfrom tools.builder import beside\nwith beside.running(signal.pause):\n    os.write(1, b'x')\n    signal.pause()\n"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(beside.__file__).parents[2]), *sys.path])}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout.read(1) == b"x"
        process.kill()
        assert process.stdout.read() == b""  # at the end of whoever has it
