"""A control group that is charged for the memory of the processes in it."""

from __future__ import annotations

import errno
import os
import select
from pathlib import Path


class Unavailable(Exception):
    """There is no control group to be had, and why."""


class ControlGroup:
    """A group below that of this process, of cgroup v1 or v2; it ends when the last process in it has ended.

    Attributes:
        procs: the file to which a process that joins writes its id.
    """

    def __init__(self) -> None:
        parents = list(_parents())
        if not parents:
            raise Unavailable("no cgroup with a memory controller is mounted")
        why = "no memory controller for a group of one's own"
        for parent, figure in parents:
            group = parent / f"rules_par_bench_{os.getpid()}"
            try:
                group.mkdir()
            except OSError as error:
                why = f"{group}: {error.strerror}"
                continue
            if (group / figure).exists():
                self._group, self._figure, self.procs = group, group / figure, group / "cgroup.procs"
                return
            group.rmdir()
        raise Unavailable(why)

    def usage(self) -> int:
        """Bytes charged now: anonymous memory, shared memory, page cache, what the kernel keeps for the processes."""
        return int(self._figure.read_text(encoding="ascii"))

    def __enter__(self) -> ControlGroup:
        return self

    def __exit__(self, *_: object) -> None:
        while True:
            for pid in self.procs.read_text(encoding="ascii").split():
                _await(int(pid))
            try:
                return self._group.rmdir()
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise


def _await(pid: int) -> None:
    """Until that process, which need not be a child of this one, has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([descriptor], [], [])
    os.close(descriptor)


def _parents() -> list[tuple[Path, str]]:
    """Groups in which one may be made, and the name of the file that says its memory: own group first, then those above it."""
    found: list[tuple[Path, str]] = []
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        for root, figure in _roots(controllers):
            own = root / path.lstrip("/")
            # In v2 a group with processes has no controllers for groups below it, so one further up may have to do.
            found += [(each, figure) for each in (own, *own.parents) if each.is_relative_to(root) and each.is_dir()]
    return found


def _roots(controllers: str) -> list[tuple[Path, str]]:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    if "memory" in controllers.split(","):
        return [(Path(mount[1]), "memory.usage_in_bytes") for mount in mounts if mount[2] == "cgroup" and "memory" in mount[3].split(",")]
    if not controllers:
        return [(Path(mount[1]), "memory.current") for mount in mounts if mount[2] == "cgroup2"]
    return []
