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


def numbers_of(content: bytes) -> "tuple[int, ...]":
    """The numbers of the names of some code, in the table of the par."""
    _, base, _, _, _, _, count, shared, literals, large, small, controls, _, _ = deepfreeze.HEAD.unpack_from(content)
    at = deepfreeze.HEAD.size + 8 * shared + 8 * literals
    assert at + 4 * (count + large) + 2 * small + controls == len(content)
    return tuple(base + number for number in struct.unpack_from(f"<{count}I", content, at))


def read_table(content: bytes) -> "list[bytes]":
    (count,) = struct.unpack_from("<I", content)
    ends = struct.unpack_from(f"<{count}I", content, 4)
    text = content[4 + 4 * count :]
    assert (ends or (0,))[-1] == len(text)
    return [text[begin:end] for begin, end in zip((0, *ends), ends)]


@pytest.fixture
def freezer() -> deepfreeze.Freezer:
    return deepfreeze.Freezer()


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    """In this process and in others, whatever is interned there."""
    (tmp_path / "module.py").write_text(SOURCE)
    once = python_target.freeze_sources(PYTHON, {"_main/module.py": tmp_path / "module.py"})
    assert once[0]["_main/module.py"].startswith(deepfreeze.MAGIC)
    assert once == python_target.freeze_sources(PYTHON, {"_main/module.py": tmp_path / "module.py"})
    (tmp_path / "jobs").write_text('[["_main/module.py", "%s"]]' % (tmp_path / "module.py"))
    for allocator in "malloc", "debug":  # fills memory with a pattern
        command = [sys.executable, "-s", "-S", WORKER, "compile", "deepfrozen", tmp_path / "jobs", tmp_path / allocator]
        subprocess.run(command, check=True, env={"PYTHONHASHSEED": "0", "PYTHONMALLOC": allocator}, stdout=subprocess.DEVNULL)
    assert (tmp_path / "malloc").read_bytes() == (tmp_path / "debug").read_bytes() == once[0]["_main/module.py"] + once[1]


def test_names_are_told_apart_from_text(freezer: deepfreeze.Freezer) -> None:
    freezer.freeze(fresh(SOURCE))
    names = read_table(freezer.names())
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


@pytest.mark.parametrize("source", ["".join(f"a{number} = 1\n" for number in range(65_537)), "f = " + "lambda: " * 400 + "0"], ids=["names", "depth"])
def test_what_cannot_be_frozen_is_byte_code(tmp_path: Path, source: str) -> None:
    (tmp_path / "module.py").write_text(source)
    contents, _ = python_target.freeze_sources(PYTHON, {"_main/module.py": tmp_path / "module.py"})
    assert contents["_main/module.py"].startswith(PYTHON.magic)


def test_a_python_without_ctypes_makes_byte_code(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("x = 1")
    (tmp_path / "jobs").write_text('[["_main/module.py", "%s"]]' % (tmp_path / "module.py"))
    code = "import runpy, sys; sys.modules['ctypes'] = None; sys.argv[:] = sys.argv[1:]; sys.path.insert(0, sys.argv[0].rpartition('/')[0]); runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", code, WORKER, "compile", "deepfrozen", tmp_path / "jobs", tmp_path / "output"]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"}, stdout=subprocess.DEVNULL)
    assert (tmp_path / "output").read_bytes().startswith(PYTHON.magic)


def test_modules_share_names(freezer: deepfreeze.Freezer) -> None:
    first, second = (set(numbers_of(freezer.freeze(fresh(f"import os\n{name} = 1")))) for name in ("first", "second"))
    names = read_table(freezer.names())
    assert {names[number] for number in first & second} >= {b"os"}
    assert (names.count(b"os"), names.count(b"first"), names.count(b"second")) == (1, 1, 1)


def test_a_par_has_the_names_of_all_compilations() -> None:
    """Each of these is one that another action may have done."""
    names = deepfrozen.Names()
    for source in "import os\nfirst = 1", "", "import os\nsecond = 2":
        freezer = deepfreeze.Freezer()
        content = freezer.freeze(fresh(source))
        linked = bytearray(content)
        deepfrozen.link(linked, 0, names.add(freezer.names()))
        own, table = read_table(freezer.names()), read_table(names.content())
        assert [table[number] for number in numbers_of(linked)] == [own[number] for number in numbers_of(content)]
        assert {b"os", source.rpartition("\n")[2].partition(" ")[0].encode()} <= set(table) or not source
    assert table.count(b"os") == 2


def test_a_table_without_names() -> None:
    assert read_table(deepfrozen.Names().content()) == read_table(deepfreeze.Freezer().names()) == []
