"""The files of the repository, and what a check says about one."""

from __future__ import annotations

import fnmatch
import os
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A text file. `path` is relative to the repository, with `/`."""

    path: str
    text: str


@dataclass(frozen=True)
class Offence:
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def sources(root: pathlib.Path) -> Iterator[Source]:
    """All text files below `root` that .gitignore does not name, in order. Needs no git: a release has none."""
    ignored = _ignored_names(root / ".gitignore")
    for directory, directories, files in os.walk(root):
        directories[:] = sorted(name for name in directories if not _is_ignored(name, ignored))
        for name in sorted(files):
            path = pathlib.Path(directory, name)
            if _is_ignored(name, ignored) or path.is_symlink():
                continue
            try:
                yield Source(path.relative_to(root).as_posix(), path.read_bytes().decode("utf-8"))
            except UnicodeDecodeError:
                continue  # no text


def _ignored_names(gitignore: pathlib.Path) -> list[str]:
    """Patterns for names at any depth; .gitignore has no others, and this function refuses others."""
    names = [".git"]
    for line in gitignore.read_text(encoding="utf-8").splitlines():
        pattern = line.strip().rstrip("/")
        if "/" in pattern or pattern.startswith("!"):
            raise ValueError(f"{gitignore}: {line}: only names are understood")
        if pattern and not pattern.startswith("#"):
            names.append(pattern)
    return names


def _is_ignored(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
