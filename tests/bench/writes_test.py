"""What real programs write to file systems."""

import sys
from pathlib import Path

import pytest

from tools.bench import writes
from tools.bench.measure import Command, Failed


def _python(code: str) -> Command:
    return Command((sys.executable, "-I", "-B", "-c", f"import os, sys, threading; {code}"), {})


def test_nothing() -> None:
    """Not standard output, and not a file in memory."""
    nothing = {"files": 0, "bytes": 0}
    assert writes.of(_python("print('x' * 1000)")) == nothing
    assert writes.of(_python("os.write(os.memfd_create('x'), b'x' * 1000)")) == nothing
    assert writes.of(_python("open(os.devnull, 'w').write('x' * 1000)")) == nothing
    assert writes.of(_python("os.write(os.pipe()[1], b'x' * 1000)")) == nothing


@pytest.mark.parametrize(
    "code",
    [
        "os.write(target(), b'x' * 1234)",
        "os.pwrite(target(), b'x' * 1234, 10)",
        "os.writev(target(), [b'x' * 1000, b'x' * 234])",
        "os.sendfile(target(), source(), 0, 1234)",
        "os.copy_file_range(source(), target(), 1234)",
        "process = os.fork() or (os.write(target(), b'x' * 1234), os._exit(0)); os.wait()",
        "thread = threading.Thread(target=lambda: os.write(target(), b'x' * 1234)); thread.start(); thread.join()",
    ],
)
def test_bytes(tmp_path: Path, code: str) -> None:
    (tmp_path / "source").write_bytes(b"x" * 5000)
    files = f"source = lambda: os.open({str(tmp_path / 'source')!r}, 0); target = lambda: os.open({str(tmp_path / 'target')!r}, os.O_CREAT | os.O_WRONLY); "
    assert writes.of(_python(files + code)) == {"files": 1, "bytes": 1234}


def test_files_without_content(tmp_path: Path) -> None:
    code = f"os.chdir({str(tmp_path)!r}); os.mkdir('directory'); os.symlink('directory', 'link'); open('empty', 'w').close()"
    assert writes.of(_python(code)) == {"files": 3, "bytes": 0}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["directory", "empty", "link"]


def test_failure_has_the_status() -> None:
    with pytest.raises(Failed, match="ended with status 5"):
        writes.of(_python("sys.exit(5)"))
