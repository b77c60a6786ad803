"""Memory of real programs, by whichever way this machine permits."""

import sys
from pathlib import Path

import pytest

from tools.bench.measure import Command, Failed
from tools.bench.memory import Memory

_MB = 10**6
_WAIT = "; print('there', flush=True); sys.stdin.read()"


def _python(code: str) -> Command:
    return Command((sys.executable, "-I", "-c", f"import os, sys; {code}{_WAIT}"), {})


@pytest.fixture(name="memory", scope="module")
def _memory(tmp_path_factory: pytest.TempPathFactory) -> Memory:
    memory = Memory(tmp_path_factory.mktemp("host"))
    print(memory.how)
    return memory


@pytest.fixture(name="small", scope="module")
def _small(memory: Memory) -> dict[str, int]:
    return memory.of(_python("pass"), 1, ())


def test_what_is_allocated(memory: Memory, small: dict[str, int]) -> None:
    figures = memory.of(_python("data = b'x' * 50_000_000"), 1, ())
    for figure in ("rss", "pss", "charged"):
        assert 45 * _MB < figures[figure] - small[figure] < 60 * _MB


def test_of_children_too(memory: Memory, small: dict[str, int]) -> None:
    child = "import sys; data = b'x' * 50_000_000; print('child', flush=True); sys.stdin.read()"
    figures = memory.of(
        _python(f"import subprocess; child = subprocess.Popen([sys.executable, '-I', '-c', {child!r}], stdout=-1); child.stdout.readline()"), 1, ()
    )
    assert figures["pss"] - small["pss"] > 45 * _MB
    assert figures["charged"] - small["charged"] > 45 * _MB


def test_four_at_a_time(memory: Memory, small: dict[str, int]) -> None:
    figures = memory.of(_python("data = b'x' * 50_000_000"), 4, ())
    assert 190 * _MB < figures["charged"] - small["charged"] < 260 * _MB


def test_memfd_that_nobody_has_mapped(memory: Memory, small: dict[str, int]) -> None:
    """RSS and PSS do not have it."""
    figures = memory.of(_python("file = os.memfd_create('x'); os.write(file, b'x' * 50_000_000)"), 1, ())
    assert figures["pss"] - small["pss"] < 10 * _MB
    assert 45 * _MB < figures["charged"] - small["charged"] < 60 * _MB


def test_file_of_the_program_counts_once(memory: Memory, small: dict[str, int], tmp_path: Path) -> None:
    """Although it was in memory before, and however many read it."""
    file = tmp_path / "data"
    file.write_bytes(b"x" * 50_000_000)
    reading = f"import mmap; data = mmap.mmap(os.open({str(file)!r}, 0), 0, access=mmap.ACCESS_READ); sum(data[::4096])"
    for count in (1, 4):
        figures = memory.of(_python(reading), count, (file,))
        assert 45 * _MB < figures["charged"] - small["charged"] * (1 if count == 1 else 0) < 50 * _MB + count * 20 * _MB
        assert figures["rss"] > count * 45 * _MB


def test_program_that_ends_is_a_failure(memory: Memory) -> None:
    with pytest.raises(Failed, match="ended with status 3, silently"):
        memory.of(Command((sys.executable, "-I", "-c", "raise SystemExit(3)"), {}), 2, ())
    with pytest.raises(Failed, match="ended with status 4, at last"):
        memory.of(Command((sys.executable, "-I", "-c", f"import sys{_WAIT}; sys.exit(4)"), {}), 2, ())


def test_says_how(memory: Memory) -> None:
    assert memory.how.startswith(("cgroup memory", "PSS and unmapped shared memory: "))
