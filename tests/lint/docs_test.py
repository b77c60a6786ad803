"""Every public symbol of the rule set, and everything one can give it, is described."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.docs.textproto import Message, parse

# Bazel's own attribute of repository rules.
_NOT_OURS = {"repo_mapping"}

_SYMBOLS = [
    # (kind, field with its name, kinds of what can be given)
    ("func_info", "function_name", ["parameter"]),
    ("rule_info", "rule_name", ["attribute"]),
    ("repository_rule_info", "rule_name", ["attribute"]),
    ("provider_info", "provider_name", ["field_info"]),
    ("aspect_info", "aspect_name", ["attribute"]),
    ("macro_info", "macro_name", ["attribute"]),
    ("module_extension_info", "extension_name", []),
]


def descriptions(module: Message) -> Iterator[tuple[str, str]]:
    """(what, its description) for everything in a .bzl file."""
    file = module.text("file")
    yield file, module.text("module_docstring")
    for kind, name_field, members in _SYMBOLS:
        for symbol in module.messages(kind):
            name = f"{file}: {symbol.text(name_field)}"
            yield name, symbol.text("doc_string")
            for member in members:
                yield from _described(name, symbol.messages(member))
            for tag in symbol.messages("tag_class"):
                tag_name = f"{name}.{tag.text('tag_name')}"
                yield tag_name, tag.text("doc_string")
                yield from _described(tag_name, tag.messages("attribute"))


def _described(owner: str, members: list[Message]) -> Iterator[tuple[str, str]]:
    for member in members:
        if member.text("name") not in _NOT_OURS:
            yield f"{owner}({member.text('name')})", member.text("doc_string")


def extracts() -> list[Path]:
    return [Path(path) for path in os.environ["EXTRACTS"].split()]


@pytest.mark.parametrize("extract", extracts(), ids=lambda path: path.name)
def test_all_is_described(extract: Path) -> None:
    found = dict(descriptions(parse(extract.read_text(encoding="utf-8"))))
    assert len(found) > 1, "nothing was extracted"
    assert [what for what, description in found.items() if not description.strip()] == []


@pytest.mark.parametrize("extract", extracts(), ids=lambda path: path.name)
def test_all_is_ascii(extract: Path) -> None:
    """Bazel 7 hands on other characters as the Latin-1 of their bytes: the pages would depend on the Bazel that made them."""
    found = descriptions(parse(extract.read_text(encoding="utf-8")))
    assert [what for what, description in found if not description.isascii()] == []


def test_what_is_not_described_is_found() -> None:
    module = parse(
        """
        file: "a.bzl"
        module_docstring: "A."
        rule_info { rule_name: "r" doc_string: "R." attribute { name: "x" } attribute { name: "y" doc_string: "Y." } }
        module_extension_info { extension_name: "e" doc_string: " " tag_class { tag_name: "t" attribute { name: "z" } } }
        """
    )
    missing = [what for what, description in descriptions(module) if not description.strip()]
    assert missing == ["a.bzl: r(x)", "a.bzl: e", "a.bzl: e.t", "a.bzl: e.t(z)"]
