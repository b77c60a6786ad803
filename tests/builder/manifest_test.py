"""What the manifest says is in the par."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.builder.errors import BuildError
from tools.builder.manifest import Manifest, parse


def parsed(*lines: "list[Any]") -> Manifest:
    return parse(json.dumps(line) for line in lines)


@pytest.fixture
def files(tmp_path: Path) -> "dict[str, str]":
    """a and same have the same content, b another."""
    for name, content in {"a": "one", "same": "one", "b": "two"}.items():
        (tmp_path / name).write_text(content)
    return {name: str(tmp_path / name) for name in ("a", "same", "b")}


def test_members_are_sorted_by_path() -> None:
    manifest = parsed(["file", "z", "1"], ["file", "a/b", "2"], ["empty", "m"], ["native", "b", "3", []])
    assert list(manifest.members) == ["a/b", "b", "m", "z"]


def test_import_roots_keep_their_order_and_come_once() -> None:
    assert parsed(["import", "z"], ["import", "a/"], ["import", "z"]).imports == ("z", "a")


def test_blank_lines_mean_nothing() -> None:
    assert parse(["\n", "  \n", '["empty", "a"]\n']).members.keys() == {"a"}


def test_the_same_file_twice_is_one_member(files: "dict[str, str]") -> None:
    assert parsed(["file", "p", files["a"]], ["file", "p", files["a"]]).members["p"].file == files["a"]


def test_two_files_of_the_same_content_are_one_member(files: "dict[str, str]") -> None:
    assert len(parsed(["file", "p", files["a"]], ["file", "p", files["same"]]).members) == 1


def test_two_different_files_for_one_place_are_refused_with_both_names(files: "dict[str, str]") -> None:
    with pytest.raises(BuildError) as refused:
        parsed(["file", "p", files["a"]], ["file", "p", files["b"]])
    assert all(word in str(refused.value) for word in ("p: ", files["a"], files["b"]))


def test_two_different_natives_for_one_place_are_refused(files: "dict[str, str]") -> None:
    with pytest.raises(BuildError, match="two different files"):
        parsed(["native", "p", files["a"], []], ["native", "p", files["b"], []])


@pytest.mark.parametrize("native_first", [False, True])
def test_a_native_takes_the_place_of_a_file(files: "dict[str, str]", native_first: bool) -> None:
    lines: "list[list[Any]]" = [["file", "p", files["a"]], ["native", "p", files["b"], ["alias"]]]
    source = parsed(*(reversed(lines) if native_first else lines)).members["p"]
    assert (source.file, source.aliases) == (files["b"], ("alias",))


def test_aliases_of_one_native_add_up(files: "dict[str, str]") -> None:
    manifest = parsed(["native", "p", files["a"], ["x", "y"]], ["native", "p", files["a"], ["y", "z"]])
    assert manifest.members["p"].aliases == ("x", "y", "z")


@pytest.mark.parametrize("exclude_first", [False, True])
def test_an_excluded_file_is_left_out_wherever_the_line_stands(exclude_first: bool) -> None:
    lines = [["file", "p", "1"], ["exclude", "p"]]
    assert not parsed(*(reversed(lines) if exclude_first else lines)).members


def test_an_excluded_empty_member_is_left_out() -> None:
    assert not parsed(["empty", "p"], ["exclude", "p"]).members


def test_a_native_is_not_excluded(files: "dict[str, str]") -> None:
    assert list(parsed(["exclude", "p"], ["native", "p", files["a"], []]).members) == ["p"]


def test_a_file_takes_the_place_of_an_empty_member(files: "dict[str, str]") -> None:
    assert parsed(["file", "p", files["a"]], ["empty", "p"]).members["p"].file == files["a"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../up", "a/../../up", "a/..", ".."])
@pytest.mark.parametrize("kind", ["file", "native", "empty"])
def test_a_member_outside_the_par_is_refused(path: str, kind: str) -> None:
    rest: "list[Any]" = {"file": ["f"], "native": ["f", []], "empty": []}[kind]
    with pytest.raises(BuildError, match="inside the par"):
        parsed([kind, path, *rest])


@pytest.mark.parametrize("path", ["a..b", "..a", "a/...", "a.."])
def test_dots_in_names_are_no_way_out(path: str) -> None:
    assert list(parsed(["empty", path]).members) == [path]


@pytest.mark.parametrize("path", ["", "a//b", "./a", "a/./b", "a/", "a\0b"])
def test_a_path_that_is_not_plain_is_refused(path: str) -> None:
    """The index would have it under a name by which nobody asks."""
    with pytest.raises(BuildError):
        parsed(["empty", path])


def test_a_file_where_another_member_needs_a_directory_is_refused() -> None:
    with pytest.raises(BuildError, match="a/b"):
        parsed(["empty", "a/b"], ["empty", "a/b/c"])


@pytest.mark.parametrize("path", ["__main__.py", "_rules_par/launcher.py", "_rules_par/other", "_python/lib/other"])
def test_the_names_of_the_launcher_are_taken(path: str) -> None:
    with pytest.raises(BuildError, match="belongs to the par itself"):
        parsed(["launcher", "__main__.py", "m"], ["launcher", "_rules_par/launcher.py", "l"], ["empty", path])


@pytest.mark.parametrize("line", [[], ["file"], ["file", "a"], ["file", "a", "b", "c"], ["native", "a", "b"], ["what", "a"], ["import"]])
def test_a_line_of_unknown_shape_is_refused(line: "list[str]") -> None:
    with pytest.raises(BuildError, match="unknown line"):
        parsed(line)
