"""What Bazel writes is read; anything else is refused with the line."""

import pytest

from tools.docs.textproto import TextProtoError, parse


def test_fields_by_name_and_in_order() -> None:
    message = parse(
        """
        rule_info {
          rule_name: "par"
          attribute { name: "name" type: NAME mandatory: true }
          attribute { name: "data" default_value: "[]" }
          origin_key {
          }
        }
        file: "//python:defs.bzl"
        """
    )
    rule = message.message("rule_info")
    assert rule.text("rule_name") == "par"
    assert [a.text("name") for a in rule.messages("attribute")] == ["name", "data"]
    assert [a.flag("mandatory") for a in rule.messages("attribute")] == [True, False]
    assert rule.message("attribute").text("default_value") == "[]"
    assert message.text("file") == "//python:defs.bzl"


def test_absent_fields_are_protobufs_defaults() -> None:
    message = parse("")
    assert message.text("file") == ""
    assert not message.flag("executable")
    assert message.messages("rule_info") == []
    assert message.message("return").text("doc_string") == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a \"quoted\" \'word\'", "a \"quoted\" 'word'"),
        (r"two\nlines\tand a \\ backslash", "two\nlines\tand a \\ backslash"),
        (r"\\n", "\\n"),
        (r"caf\303\251", "caf\u00e9"),
        ("caf\u00e9 { : }", "caf\u00e9 { : }"),
    ],
)
def test_escapes(written: str, meant: str) -> None:
    assert parse(f'doc_string: "{written}"').text("doc_string") == meant


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a: "1"\nb: "open\n', 2),
        ("a {\n", 2),
        ("a {\n}\n}\n", 3),
        ("a:\n", 2),
        ("a\nb: 1", 2),
        ('a: "\\q"', 1),
        ('a: "one" "two"', 1),
        ("a: [1, 2]", 1),
    ],
)
def test_the_rest_is_refused(text: str, line: int) -> None:
    with pytest.raises(TextProtoError, match=f"^line {line}: "):
        parse(text)
