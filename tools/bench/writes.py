"""What a program writes to file systems while it runs, as strace sees it; files in memory (memfd) are none."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.bench.measure import Command, Failed

# Each system call that writes bytes -> which of its descriptors they go to.
_WRITING = {
    "copy_file_range": 1,
    "pwrite64": 0,
    "pwritev": 0,
    "pwritev2": 0,
    "sendfile": 0,
    "splice": 1,
    "write": 0,
    "writev": 0,
}
_MAKING = ("creat", "link", "linkat", "mkdir", "mkdirat", "mknod", "mknodat", "symlink", "symlinkat")
_OPENING = ("open", "openat", "openat2")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>\d+)(?:<(?P<opened>.*)>)?")
_DESCRIPTOR = re.compile(r"(?:^|, )\d+<(/[^>]*)>")
_PATH = re.compile(r'"([^"]*)"')
_ELSEWHERE = ("/dev/", "/memfd:", "/proc/")


def of(command: Command) -> dict[str, int]:
    """`files`: how many files and directories were made or written to; `bytes`: that were written. Raises Failed."""
    strace = shutil.which("strace")
    if not strace:
        raise Failed("strace is not installed")
    with tempfile.TemporaryDirectory() as directory:
        # fmt: off
        done = subprocess.run(
            [strace, "-ff", "-y", "-s", "0", "-e", "signal=none", "-e", f"trace=?{',?'.join([*_WRITING, *_MAKING, *_OPENING])}",
             "-o", f"{directory}/trace", *command.words],
            env=dict(command.environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
        )
        # fmt: on
        if done.returncode:
            raise Failed(f"{' '.join(command.words)}: under strace: ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
        return _sum(Path(directory))


def _sum(directory: Path) -> dict[str, int]:
    """Of the calls of all threads, each in a file of its own."""
    files: set[str] = set()
    size = 0
    for trace in directory.iterdir():
        for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
            call = _CALL.match(line)
            if not call:
                continue
            path = _written(call)
            if path and not path.startswith(_ELSEWHERE):
                files.add(path)
                size += int(call["result"]) if call["name"] in _WRITING else 0
    return {"files": len(files), "bytes": size}


def _written(call: re.Match[str]) -> str | None:
    """The path that the call has changed or made."""
    if call["name"] in _WRITING:
        descriptors = _DESCRIPTOR.findall(call["arguments"])
        place = _WRITING[call["name"]]
        return descriptors[place] if place < len(descriptors) else None
    if call["name"] in _OPENING:
        return call["opened"] if "O_CREAT" in call["arguments"] else None
    return _PATH.findall(call["arguments"])[-1]
