"""The Python that a par is for: what it says of itself, and the byte code it makes."""

import importlib.machinery
import importlib.util
import marshal
import os
import sys
from pathlib import Path

import pytest

from tools.builder import python_target
from tools.builder.errors import BuildError

PYTHON = python_target.describe(sys.executable)


def compiled(tmp_path: Path, sources: "dict[str, bytes]") -> "dict[str, bytes]":
    files = {}
    for number, (path, content) in enumerate(sources.items()):
        files[path] = tmp_path / str(number)
        files[path].write_bytes(content)
    return python_target.compile_sources(PYTHON, files)


def test_what_an_interpreter_says_of_itself() -> None:
    assert PYTHON.version == sys.version_info[:2]
    assert PYTHON.magic == importlib.util.MAGIC_NUMBER
    assert PYTHON.cache_tag == sys.implementation.cache_tag
    assert PYTHON.machine == os.uname().machine
    assert list(PYTHON.extension_suffixes) == importlib.machinery.EXTENSION_SUFFIXES


SOURCES = {
    "empty": b"",
    "plain": b"def f(a, *b, c=1, **d):\n    '''Doc.'''\n    return {1, 2, 'x', frozenset({3})}\n",
    "crlf": b"x = '''a\r\nb'''\r\n",
    "latin": "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
    "bom": b"\xef\xbb\xbfx = 1\n",
    "future": b"from __future__ import annotations\nx: undefined = 1\n",
    "form feed": b"\x0cx = 1\n",
    "no end of line": b"x = 1",
    "warning": b"x = '\\d' is 3\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_byte_code_is_what_importing_the_source_gives(tmp_path: Path, name: str) -> None:
    content = compiled(tmp_path, {"_main/m.py": SOURCES[name]})["_main/m.py"]
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert content[4:8] == b"\1\0\0\0", "unchecked, by hash (PEP 552)"
    assert content[8:16] == importlib.util.source_hash(SOURCES[name])
    assert marshal.loads(content[16:]) == compile(SOURCES[name], "_main/m.py", "exec", dont_inherit=True)


@pytest.mark.parametrize("source", [b"def f(:\n", b"x = '\xff'\n", b"\0", b"return 1\n", b"# coding: nonsense\n", b"(" * 300 + b")" * 300, b"x = " + b"-" * 30000 + b"1"])
def test_a_source_that_does_not_compile_has_no_byte_code_and_disturbs_no_other(tmp_path: Path, source: bytes) -> None:
    result = compiled(tmp_path, {"before.py": b"x = 1", "broken.py": source, "behind.py": b"y = 2"})
    assert list(result) == ["before.py", "behind.py"]
    assert marshal.loads(result["behind.py"][16:]).co_names == ("y",)


def test_the_bytes_do_not_depend_on_what_else_is_compiled_or_where(tmp_path: Path) -> None:
    source = b"NAMES = {'a', 'b', 'c', 'd'}\ndef f(interned, names=('x', 'y')):\n    return interned in {'p', 'q', 'r'}\n"
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    alone = compiled(tmp_path / "one", {"m.py": source})
    many = compiled(tmp_path / "two", {"k.py": b"interned = names = 'x'\n", "m.py": source, "z.py": source})
    assert alone["m.py"] == many["m.py"]


def test_no_sources_need_no_interpreter() -> None:
    broken = python_target.PythonTarget("/nonexistent", (3, 9), b"", "", "", "", ())
    assert python_target.compile_sources(broken, {}) == {}


@pytest.mark.parametrize("program, words", [("/nonexistent/python", "cannot be run here"), ("/bin/false", "failed with status 1")])
def test_an_interpreter_that_does_not_work_is_named(program: str, words: str) -> None:
    with pytest.raises(BuildError, match=words) as refused:
        python_target.describe(program)
    assert str(refused.value).startswith(program)


def test_a_program_that_is_no_python_is_named() -> None:
    with pytest.raises(BuildError, match="/bin/echo"):
        python_target.describe("/bin/echo")


def test_the_environment_of_the_build_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('sitecustomize ran')")
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHASHSEED", "5")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    monkeypatch.chdir(tmp_path)
    assert python_target.describe(sys.executable) == PYTHON
    (code,) = python_target.compile_sources(PYTHON, {"m.py": Path(__file__)}).values()
    assert marshal.loads(code[16:]).co_consts[0] == __doc__
