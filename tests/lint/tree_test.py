"""The checks of //tools/lint find nothing in this repository."""

import functools
from pathlib import Path

import pytest

from tools.lint import checks, tree


@functools.cache
def repository() -> Path:
    """The source tree: this file is a link into it."""
    root = Path(__file__).resolve().parents[2]
    assert (root / "MODULE.bazel").is_file(), f"{root} is not the source tree: this test cannot run in a sandbox or elsewhere"
    return root


@functools.cache
def offences() -> dict[str, list[tree.Offence]]:
    return checks.offences(repository())


@pytest.mark.parametrize("check", checks.CHECKS)
def test_there_are_none(check: str) -> None:
    found = offences()[check]
    if found:
        pytest.fail("\n" + "\n".join(map(str, found)), pytrace=False)


def test_the_tree_was_seen() -> None:
    paths = {source.path for source in tree.sources(repository())}
    assert {"README.md", "MODULE.bazel", "python/defs.bzl", "bazelw"} <= paths
    assert not any(path.startswith(("bazel-", ".git/")) for path in paths)
