"""Checks of BUILD and .bzl files, as far as Starlark is Python's syntax.

Bazel 7 still has the rules and providers of its languages built in, Bazel 9 does not: a file that forgets a load works in one only.
buildifier finds the rules; it does not find providers, nor the BUILD files that repository rules write.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.lint.tree import Offence, Source

_IS_STARLARK = re.compile(r".*\.bzl|(?:.*/)?(?:BUILD|MODULE|WORKSPACE)(?:\.bazel)?")
_RULE = r"(?:cc|java|objc|proto|py|sh)_\w+"
_ONCE_NATIVE = re.compile(rf"{_RULE}|(?:Cc|Java|Objc|Proto|Py)[A-Z]\w*")

# In the strings that repository rules make BUILD files of.
_CALL_IN_TEXT = re.compile(rf"^({_RULE})\(", re.MULTILINE)
_LOAD_IN_TEXT = re.compile(r"^load\(([^)]*)\)", re.MULTILINE)


def native_symbols(source: Source) -> Iterator[Offence]:
    """Uses of what Bazel once had built in, without a load."""
    if not _IS_STARLARK.fullmatch(source.path):
        return
    tree = ast.parse(source.text, source.path)
    nodes = list(ast.walk(tree))
    bound = set().union(*map(_bound_by, nodes))
    texts = [(node, node.value) for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    loaded_in_texts = " ".join(load for _, text in texts for load in _LOAD_IN_TEXT.findall(text))
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in bound and _ONCE_NATIVE.fullmatch(node.id):
            yield _offence(source, node, node.id)
        elif isinstance(node, ast.Attribute) and _ONCE_NATIVE.fullmatch(node.attr) and _is_native(node.value):
            yield _offence(source, node, f"native.{node.attr}")
    for node, text in texts:
        for symbol in _CALL_IN_TEXT.findall(text):
            if symbol not in bound and f'"{symbol}"' not in loaded_in_texts:
                yield _offence(source, node, f"{symbol} (in a text)")


def _bound_by(node: ast.AST) -> set[str]:
    """The names that this node gives a meaning to."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "load":
        plain = {str(argument.value) for argument in node.args[1:] if isinstance(argument, ast.Constant)}
        return plain | {keyword.arg for keyword in node.keywords if keyword.arg}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    return {node.arg} if isinstance(node, ast.arg) else set()


def _is_native(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "native"


def _offence(source: Source, node: ast.AST, symbol: str) -> Offence:
    return Offence(source.path, getattr(node, "lineno", 1), f"{symbol} without a load: Bazel 9 does not have it built in")
