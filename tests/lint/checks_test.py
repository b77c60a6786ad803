"""Each check finds what it is for, and leaves the rest alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.lint import starlark, text, tree


def lines(check: Callable[[tree.Source], Iterator[tree.Offence]], content: str, path: str = "a/b.bzl") -> list[int]:
    return [offence.line for offence in check(tree.Source(path, content))]


@pytest.mark.parametrize(
    "content",
    [
        "py_library(name = 'a')",
        "x = PyInfo",
        "def f(ctx):\n    return [dep[CcInfo] for dep in ctx.attr.deps]",
        "def f():\n    native.sh_test(name = 'a')",
        "def f():\n    cc_common.link()",
        '_BUILD = """\npy_library(\n    name = "a",\n)\n"""',
    ],
)
def test_native_symbols(content: str) -> None:
    assert len(lines(starlark.native_symbols, content)) == 1
    assert len(lines(starlark.native_symbols, content, "BUILD.bazel")) == 1


@pytest.mark.parametrize(
    "content",
    [
        "load('@rules_python//python:defs.bzl', 'py_library')\npy_library(name = 'a')",
        "load('//a:b.bzl', PyInfo = 'OtherInfo')\nx = PyInfo",
        "def f(cc_infos):\n    py_paths = [py_file for py_file in cc_infos]\n    return py_paths",
        "def sh_command():\n    pass\n\nsh_command()",
        "load('//a:b.bzl', 'PyInfo')\nx = struct(py_library = 1)",
        '_LOAD = """\nload("@r//:d.bzl", "cc_import", "py_library")\n"""\n_RULE = """\npy_library(\n)\n"""',
        '"""For py_library(...) and `cc_common`."""\ngenrule(name = "a")',
    ],
)
def test_loaded_and_own_symbols(content: str) -> None:
    assert lines(starlark.native_symbols, content) == []


def test_other_files_are_not_starlark() -> None:
    assert lines(starlark.native_symbols, "x = PyInfo", "a.py") == []


# Here and below the offences are in pieces: this file is checked as well.
@pytest.mark.parametrize("before", ["", "cd ", "'", "=", "file://"])
@pytest.mark.parametrize("path", ["home/me", "work/main/a.py", "root/.cache", "Users/you"])
def test_machine_paths(before: str, path: str) -> None:
    assert lines(text.machine_paths, f"fine\n{before}/{path}\n") == [2]


@pytest.mark.parametrize("path", ["/tmp/x", "/home", "/root", "/opt/app.par", "a/work/b", "~/work/b", "$x/home/b", "//work/a"])
def test_other_paths(path: str) -> None:
    assert lines(text.machine_paths, path) == []


@pytest.mark.parametrize("host", ["packages.corp", "10.1.2.3:8080", "me:secret@mirror.net", "notgithub.com"])
def test_unknown_hosts(host: str) -> None:
    assert lines(text.unknown_hosts, "\nindex-url = https:" + f"//{host}/simple") == [2]


@pytest.mark.parametrize("host", ["github.com/a/b", "docs.python.org", "localhost:1/simple", "{host}/x", "%s/x"])
def test_known_hosts(host: str) -> None:
    assert lines(text.unknown_hosts, "see http:" + f"//{host}") == []


def test_length() -> None:
    assert lines(text.too_long, "x\n" * 401) == [401]
    assert lines(text.too_long, "x\n" * 401, "tools/run") == [401]
    assert lines(text.too_long, "x\n" * 400) == []
    assert lines(text.too_long, "x\n" * 401, "requirements.txt") == []
    assert lines(text.too_long, "<!-- Made by a. Do not edit. -->\n" + "x\n" * 400, "docs/a.md") == []


def test_the_tree_is_what_gitignore_leaves(tmp_path: Path) -> None:
    for name in ["a.py", "d/b.py", "d/__pycache__/b.pyc", "bazel-out/c.py", ".git/config", "x.lock"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "binary").write_bytes(b"\0\xff")
    (tmp_path / "link.py").symlink_to("a.py")
    (tmp_path / ".gitignore").write_text("# made\nbazel-*\n__pycache__/\n\n*.lock\n")
    assert [source.path for source in tree.sources(tmp_path)] == [".gitignore", "a.py", "d/b.py"]
    (tmp_path / ".gitignore").write_text("/a\n")
    with pytest.raises(ValueError, match="only names"):
        list(tree.sources(tmp_path))
