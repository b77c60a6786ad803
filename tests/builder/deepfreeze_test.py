"""Deep-frozen code: what the builder makes, and how the names of many modules become one table. //tests/modes runs it."""

import marshal
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tools.builder import deepfreeze, deepfrozen, python_target

WORKER = Path(python_target.__file__).with_name("python_worker.py")
PYTHON = python_target.describe(sys.executable)
SOURCE = """
'''Documentation that is no name.'''
import os.path
CONSTANTS = (None, ..., True, -5, 256, 257, 1 << 80, -1.5, 2j, b"", b"a", b"bytes", "", "e", "\\u20ac", "\\ud800 alone", (), (1, (2, "x")))
def function(first, /, second, *rest, third=1, **others):
    def inner():
        nonlocal second
        return second, first in {"one", "two"}, rest[1:2]
    return [each for each in inner()]
class Class:
    attribute: int = 1
    async def method(self):
        try:
            await self
        finally:
            pass
"""


def fresh(source: str):
    return marshal.loads(marshal.dumps(compile(source, "_main/module.py", "exec", dont_inherit=True)))


def parts(content: bytes) -> "tuple[int, list[bytes]]":
    """How many names the code has, and their text as it follows."""
    *_, count, literals, large, small, controls, _ = deepfreeze.HEAD.unpack_from(content)
    at = deepfreeze.HEAD.size + 8 * literals + 4 * (count + large) + 2 * small + controls
    lengths = struct.unpack_from(f"<{count}I", content, at)
    at += 4 * count
    names = []
    for length in lengths:
        names.append(content[at : at + length])
        at += length
    assert at == len(content)
    return count, names


def table(content: bytes) -> "list[bytes]":
    (count,) = struct.unpack_from("<I", content)
    offsets = struct.unpack_from(f"<{count + 1}I", content, 4)
    text = content[8 + 4 * count :]
    assert offsets[-1] == len(text)
    return [text[begin:end] for begin, end in zip(offsets, offsets[1:])]


@pytest.fixture(scope="module")
def freezer() -> deepfreeze.Freezer:
    return deepfreeze.Freezer()


def test_the_same_source_gives_the_same_bytes(freezer: deepfreeze.Freezer, tmp_path: Path) -> None:
    """In this process and in others, whatever is interned there."""
    (tmp_path / "module.py").write_text(SOURCE)
    for seed in "0", "0":
        once = python_target.compile_sources(PYTHON, {"_main/module.py": tmp_path / "module.py"}, python_target.DEEPFROZEN)
        assert once["_main/module.py"].startswith(deepfreeze.MAGIC), seed
    assert once == python_target.compile_sources(PYTHON, {"_main/module.py": tmp_path / "module.py"}, python_target.DEEPFROZEN)
    assert freezer.freeze(fresh("x = 'a text'")) == freezer.freeze(fresh("x = 'a text'"))


def test_names_are_told_apart_from_text(freezer: deepfreeze.Freezer) -> None:
    _, names = parts(freezer.freeze(fresh(SOURCE)))
    assert {b"os", b"os.path", b"function", b"second", b"inner", b"CONSTANTS", b"Class.method", "€".encode(), b"", b"e"} <= set(names)
    assert len(set(names)) == len(names)
    assert b"Documentation that is no name." not in names


def test_code_that_has_run_is_refused(freezer: deepfreeze.Freezer) -> None:
    code = fresh("def function(): pass")
    code.co_consts[0].co_code  # noqa: B018 - it remembers that
    with pytest.raises(deepfreeze.CannotFreeze, match="has run"):
        freezer.freeze(code)


def test_more_names_than_numbers_is_refused(freezer: deepfreeze.Freezer) -> None:
    with pytest.raises(deepfreeze.CannotFreeze, match="names"):
        freezer.freeze(fresh("".join(f"a{number} = 1\n" for number in range(65_537))))


def test_what_cannot_be_frozen_is_byte_code(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("".join(f"a{number} = 1\n" for number in range(65_537)))
    content = python_target.compile_sources(PYTHON, {"_main/module.py": tmp_path / "module.py"}, python_target.DEEPFROZEN)["_main/module.py"]
    assert content.startswith(PYTHON.magic)


def test_a_python_without_ctypes_makes_byte_code(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("x = 1")
    (tmp_path / "jobs").write_text('[["_main/module.py", "%s"]]' % (tmp_path / "module.py"))
    code = "import runpy, sys; sys.modules['ctypes'] = None; sys.argv[:] = sys.argv[1:]; sys.path.insert(0, sys.argv[0].rpartition('/')[0]); runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", code, WORKER, "compile", "deepfrozen", tmp_path / "jobs", tmp_path / "output"]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"}, stdout=subprocess.DEVNULL)
    assert (tmp_path / "output").read_bytes().startswith(PYTHON.magic)


def test_modules_share_names(freezer: deepfreeze.Freezer) -> None:
    names = deepfrozen.Names()
    frozen = [freezer.freeze(fresh(source)) for source in ("import os\nfirst = 1", "import os\nsecond = 2", SOURCE)]
    linked = [names.link(content) for content in frozen]
    listed = table(names.content())
    assert len(set(listed)) == len(listed)
    for content, result in zip(frozen, linked):
        count, own = parts(content)
        literals = deepfreeze.HEAD.unpack_from(content)[6]
        numbers = struct.unpack_from(f"<{count}I", result, deepfreeze.HEAD.size + 8 * literals)
        assert [listed[number] for number in numbers] == own
        assert len(result) == len(content) - sum(4 + len(name) for name in own)


def test_a_table_without_names() -> None:
    assert table(deepfrozen.Names().content()) == []
