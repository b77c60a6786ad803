"""Checks of any text file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.lint.tree import Offence, Source

_MOST_LINES = 400
_WRITTEN_BY_HAND = re.compile(r".*\.(?:bazel|bzl|c|cc|h|java|md|py|sh)|(?:.*/)?[^.]+")
_MADE = re.compile(r"\A.*(?:Do not edit|GNU|Apache License)", re.IGNORECASE)

# A directory of somebody's machine: it works there only. `/root`, `/home` alone are meant in general.
_MACHINE_PATH = re.compile(r"(?:(?<![\w.~})$/-])|(?<=file://))/(?:home|mnt|root|Users|work|workspace)/[\w.]+")

# Where packages come from is the user's configuration; a host named here would be somebody's own.
_HOST = re.compile(r"\bhttps?://(?:[^\s/@]*@)?([A-Za-z0-9][A-Za-z0-9.-]*)")
_KNOWN_HOSTS = {
    "127.0.0.1",
    "apache.org",
    "bazel.build",
    "example.com",
    "example.invalid",
    "example.org",
    "github.com",
    "localhost",
    "python.org",
    "w3.org",
}


def too_long(source: Source) -> Iterator[Offence]:
    """Files that one person cannot keep in mind. Generated ones, and the licence, may have any length."""
    count = len(source.text.splitlines())
    if count > _MOST_LINES and _WRITTEN_BY_HAND.fullmatch(source.path) and not _MADE.match(source.text.lstrip()):
        yield Offence(source.path, count, f"{count} lines, more than {_MOST_LINES}: split it")


def machine_paths(source: Source) -> Iterator[Offence]:
    for number, line in enumerate(source.text.splitlines(), 1):
        for found in _MACHINE_PATH.finditer(line):
            yield Offence(source.path, number, f"{found[0]} is a path of one machine")


def unknown_hosts(source: Source) -> Iterator[Offence]:
    for number, line in enumerate(source.text.splitlines(), 1):
        for host in _HOST.findall(line):
            if not any(host == known or host.endswith("." + known) for known in _KNOWN_HOSTS):
                yield Offence(source.path, number, f"{host} is no host that everyone has: name none, or add it to //tools/lint:text.py")
