"""All checks, by name."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

from tools.lint import starlark, text
from tools.lint.tree import Offence, Source, sources

CHECKS: dict[str, Callable[[Source], Iterator[Offence]]] = {
    "machine_paths": text.machine_paths,
    "native_symbols": starlark.native_symbols,
    "too_long": text.too_long,
    "unknown_hosts": text.unknown_hosts,
}


def offences(root: pathlib.Path) -> dict[str, list[Offence]]:
    """What each check says about the repository in `root`."""
    files = list(sources(root))
    return {name: [offence for file in files for offence in check(file)] for name, check in CHECKS.items()}
