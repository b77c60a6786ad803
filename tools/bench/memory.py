"""How much memory programs take that run at the same time.

RSS misses the pages of a memfd that nobody has mapped, and counts what processes share once for each. So a cgroup of our own is
charged: for what the processes allocate, for the files that they write, and for every page of a file that they read, once, because no
page of it is in memory when they start. That goes for the host's files too (Python, its standard library, libc), which always are in
memory: in a mount namespace of their own the processes see copies of them.

Where that is not permitted, it is PSS, and shared memory that nobody has mapped.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from tools.bench.cgroup import ControlGroup, Unavailable
from tools.bench.measure import Command, Failed

_MOUNT = 'while [ $# -gt 1 ]; do mount --bind "$1" "$2" || exit; shift 2; done; echo mounted; read line'
_JOIN = 'procs=$1; shift; echo $$ > "$procs" && exec "$@"'
# What a program has open or mapped that is no file of a disk.
_NO_FILES = ("/dev/", "/memfd:", "/proc/", "/SYSV")


class Memory:
    """Measures; the copies of the host's files are in `directory`.

    Attributes:
        how: what the figure `charged` is.
    """

    def __init__(self, directory: Path):
        self._directory = directory
        try:
            with ControlGroup(), self._host_files([]):
                pass
            self._obstacle = ""
            self.how = "cgroup memory, all page cache included"
        except (Failed, Unavailable) as failure:
            self._obstacle = str(failure)
            self.how = f"PSS and unmapped shared memory: {failure}"

    def of(self, command: Command, count: int, own_files: tuple[Path, ...]) -> dict[str, int]:
        """Bytes for `count` processes that have printed and now wait; raises Failed.

        Args:
            command: starts a program that prints a line and then waits until its stdin ends.
            count: how many.
            own_files: the files and directories of the program, which nobody else uses.
        Returns:
            rss: the sum of their peaks; pss; charged.
        """
        if self._obstacle:
            before = _shared_memory()
            with _waiting([command] * count) as processes:
                found = _figures(processes)
                unmapped = _shared_memory() - before - sum(_field(each, "smaps_rollup", "Pss_Shmem") for each in processes)
                return {**found, "charged": found["pss"] + max(unmapped, 0)}
        with _waiting([command]) as processes:
            mapped = _mapped_files(processes)
        with self._host_files(_of_the_host(mapped, own_files)) as (namespace, copies), ControlGroup() as group:
            _forget((*own_files, *copies))
            prefix = ("/bin/sh", "-c", _JOIN, "sh", str(group.procs), "nsenter", "--target", str(namespace), "--mount", "--root")
            with _waiting([Command((*prefix, *command.words), command.environment)] * count) as processes:
                return {**_figures(processes), "charged": group.usage()}

    @contextlib.contextmanager
    def _host_files(self, files: list[Path]) -> Iterator[tuple[int, list[Path]]]:
        """A process in a mount namespace where each file or directory is replaced by a copy; and the copies."""
        copies = [self._directory / str(file).lstrip("/") for file in files]
        for file, copy in zip(files, copies):
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                if file.is_dir():
                    shutil.copytree(file, copy, symlinks=True, ignore=shutil.ignore_patterns("test", "tests", "idlelib"))
                else:
                    shutil.copy(file, copy)
        pairs = [str(path) for pair in zip(copies, files) for path in pair]
        command = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", _MOUNT, "sh", *pairs]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            if process.stdout.readline() != b"mounted\n":
                raise Failed(f"no mount namespace: {process.stderr.read().decode().strip()}")
            yield process.pid, copies
            process.stdin.close()


@contextlib.contextmanager
def _waiting(commands: list[Command]) -> Iterator[list[Path]]:
    """Directories in /proc of the processes of the commands, and of their children, once each has printed a line."""
    started: list[subprocess.Popen[bytes]] = []
    with contextlib.ExitStack() as stack:
        for command in commands:
            # fmt: off
            process = subprocess.Popen(command.words, env=dict(command.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            # fmt: on
            started.append(stack.enter_context(process))
        silent = [process for process in started if not process.stdout.readline()]
        if not silent:
            yield [directory for process in started for directory in _tree(process.pid)]
        for process in started:
            process.stdin.close()
            process.stdout.read()
    for command, process in zip(commands, started):
        if process.returncode or process in silent:
            raise Failed(f"{' '.join(command.words)}: ended with status {process.returncode}, {'silently' if process in silent else 'at last'}")


def _tree(pid: int) -> Iterator[Path]:
    directory = Path("/proc") / str(pid)
    yield directory
    for children in directory.glob("task/*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from _tree(int(child))


def _figures(processes: list[Path]) -> dict[str, int]:
    return {
        "rss": sum(_field(process, "status", "VmHWM") for process in processes),
        "pss": sum(_field(process, "smaps_rollup", "Pss") for process in processes),
    }


def _shared_memory() -> int:
    return _field(Path("/proc"), "meminfo", "Shmem")


def _field(directory: Path, file: str, name: str) -> int:
    (kilobytes,) = re.findall(rf"^{name}:\s+(\d+) kB$", (directory / file).read_text(encoding="ascii"), re.MULTILINE)
    return int(kilobytes) * 1024


def _mapped_files(processes: list[Path]) -> set[Path]:
    files = set()
    for process in processes:
        for line in (process / "maps").read_text(encoding="utf-8").splitlines():
            _, slash, rest = line.partition(" /")
            if slash and not f"/{rest}".startswith(_NO_FILES):
                files.add(Path(f"/{rest}"))
    return files


def _of_the_host(mapped: set[Path], own_files: tuple[Path, ...]) -> list[Path]:
    """The standard library, and those of the files that are not the program's own or gone."""
    library = Path(sysconfig.get_path("stdlib"))
    inside = (library, *(path.resolve() for path in own_files))
    return [library, *sorted(path for path in mapped if path.is_file() and not any(path.is_relative_to(each) for each in inside))]


def _forget(paths: tuple[Path, ...]) -> None:
    """Has the kernel write the files to their disk, and take them out of memory."""
    subprocess.run(["sync", "--file-system", *paths], check=True)
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file() and not file.is_symlink():
                with open(file, "rb") as opened:
                    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
