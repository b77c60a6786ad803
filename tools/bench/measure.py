"""Runs commands by turns, and says how long each took."""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class Failed(Exception):
    """A command did not do what it is measured for."""


@dataclass(frozen=True)
class Command:
    """What starts a program: its words, and its environment."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass
class Series:
    """Times of one command, in seconds; `failed`: why there are no more."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    failed: str = ""

    def summary(self) -> dict[str, Any]:
        """Medians; spread: half of the distance between the quartiles; and the least CPU time, which neighbours disturb least."""
        if self.failed:
            return {"failed": self.failed}
        quartiles = statistics.quantiles(self.wall, n=4) if len(self.wall) > 1 else [self.wall[0]] * 3
        return {
            "wall": statistics.median(self.wall),
            "spread": (quartiles[2] - quartiles[0]) / 2,
            "cpu": statistics.median(self.cpu),
            "least_cpu": min(self.cpu),
        }

    def ratio(self, other: Series) -> float:
        """Of wall times, the median of all turns: what slows the machine for longer than a turn is in both times."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.wall, other.wall))


def run(command: Command) -> tuple[float, float]:
    """(wall, CPU) of one run, children that it waited for included. Raises Failed."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, nowhere, 1)]
        begin = time.perf_counter()
        process = os.posix_spawn(command.words[0], list(command.words), dict(command.environment), file_actions=actions)
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - begin
    finally:
        os.close(nowhere)
    if status:
        raise Failed(f"{' '.join(command.words)}: ended with status {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime


def by_turns(commands: Mapping[str, Command], runs: int, *, warm_up: int = 2, before: Callable[[str], None] = lambda name: None) -> dict[str, Series]:
    """A B, B A, ...: what disturbs the machine disturbs all alike, and in each turn the order is another: what ran last leaves the caches of
    the processor good for some and bad for others. `before` gets the name before each run. Who fails is left out from then on."""
    series = {name: Series() for name in commands}
    with _undisturbed():
        for turn in range(warm_up + runs):
            for name, command in random.sample([*commands.items()], len(commands)):
                if series[name].failed:
                    continue
                try:
                    before(name)
                    wall, cpu = run(command)
                except (Failed, OSError) as failure:
                    series[name].failed = str(failure)
                    continue
                if turn >= warm_up:
                    series[name].wall.append(wall)
                    series[name].cpu.append(cpu)
    return series


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """What is started runs before all others on a busy machine, where that is permitted."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
