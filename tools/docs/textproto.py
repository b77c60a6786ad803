"""Reads protobuf's text format as Bazel writes it: `field: scalar` and `field { ... }`, without a schema."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>[A-Za-z_]\w*)
      | (?P<number>-?[\d.][\w.+-]*)
      | "(?P<string>(?:[^"\\\n]|\\.)*)"
      | (?P<mark>[{}:])
    )""",
    re.VERBOSE,
)
_END = re.compile(r"\s*\Z")
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b'"': b'"', b"'": b"'"}


class TextProtoError(ValueError):
    """The text is not what the parser knows; the message names the line."""


class Message:
    """The fields of one message. A field that is absent reads as protobuf's default: "", False, or none."""

    def __init__(self) -> None:
        self._fields: dict[str, list[str | Message]] = {}

    def add(self, name: str, value: str | Message) -> None:
        self._fields.setdefault(name, []).append(value)

    def text(self, name: str) -> str:
        """The last value of a scalar: strings without quotes and escapes, enums and numbers as written."""
        values = [value for value in self._fields.get(name, []) if isinstance(value, str)]
        return values[-1] if values else ""

    def flag(self, name: str) -> bool:
        return self.text(name) == "true"

    def message(self, name: str) -> Message:
        return (self.messages(name) or [Message()])[-1]

    def messages(self, name: str) -> list[Message]:
        return [value for value in self._fields.get(name, []) if isinstance(value, Message)]


def parse(text: str) -> Message:
    """The top message of `text`; anything but the subset above raises TextProtoError."""
    root = Message()
    open_messages = [root]
    at = 0
    while not _END.match(text, at):
        name, at = _take(text, at, "name")
        if text.startswith(":", at):
            value, at = _scalar(text, at + 1)
            open_messages[-1].add(name, value)
        else:
            _, at = _take(text, at, "mark", "{")
            inner = Message()
            open_messages[-1].add(name, inner)
            open_messages.append(inner)
        while len(open_messages) > 1 and (end := re.compile(r"\s*\}").match(text, at)):
            open_messages.pop()
            at = end.end()
    if len(open_messages) > 1:
        raise _error(text, at, "a message is not closed")
    return root


def _scalar(text: str, at: int) -> tuple[str, int]:
    token = _TOKEN.match(text, at)
    if not token or token.lastgroup == "mark":
        raise _error(text, at, "no value")
    assert token.lastgroup
    value = token[token.lastgroup]
    if token.lastgroup == "string":
        value = _unescaped(value, text, at)
    return value, token.end()


def _take(text: str, at: int, kind: str, wanted: str | None = None) -> tuple[str, int]:
    token = _TOKEN.match(text, at)
    if not token or token.lastgroup != kind or wanted not in (None, token[kind]):
        raise _error(text, at, f"no {wanted or kind}")
    return token[kind], token.end()


def _unescaped(string: str, text: str, at: int) -> str:
    def plain(escape: re.Match[bytes]) -> bytes:
        octal, letter = escape.groups()
        if octal:
            return bytes([int(octal, 8) & 0xFF])
        if letter not in _LETTERS:
            raise _error(text, at, f"unknown escape {escape[0].decode()}")
        return _LETTERS[letter]

    # Escapes are of bytes, of which several may make one character.
    return _ESCAPE.sub(plain, string.encode("utf-8")).decode("utf-8")


def _error(text: str, at: int, what: str) -> TextProtoError:
    rest = text[at:].lstrip()
    line = text.count("\n", 0, len(text) - len(rest)) + 1
    return TextProtoError(f"line {line}: {what} at {rest[:20]!r}")
