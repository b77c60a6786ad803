"""What was compiled before the par is taken where it is of the same source, for the same place, of the same Python, and of the kind that is wanted."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.builder import python_target
from tools.builder.bytecode import Bytecode
from tools.builder.errors import BuildError

PYTHON = python_target.describe(sys.executable)
WORKER = Path(python_target.__file__).with_name("python_worker.py")


def make_shard(directory: Path, sources: "dict[str, str]", kind: str = python_target.BYTECODE) -> Path:
    """As the action of python/private/bytecode.bzl."""
    manifest, shard = directory / "manifest", directory / "shard"
    manifest.write_text("".join(json.dumps([path, source]) + "\n" for path, source in sources.items()))
    environment = {"PYTHONHASHSEED": "0"}
    subprocess.run([sys.executable, "-s", "-S", "-B", WORKER, "shard", kind, shard, manifest], env=environment, check=True)
    return shard


@pytest.fixture
def sources(tmp_path: Path) -> "dict[str, str]":
    found = {}
    for name, content in {"a": "A = {'x', 'y', 'z'}", "b": "def b(): return __name__", "wrong": "print 1", "empty": ""}.items():
        found[f"_main/{name}.py"] = str(tmp_path / f"{name}.py")
        Path(found[f"_main/{name}.py"]).write_text(content)
    return found


@pytest.mark.parametrize("kind", [python_target.BYTECODE, python_target.DEEPFROZEN])
def test_a_shard_has_what_the_builder_would_compile(tmp_path: Path, sources: "dict[str, str]", kind: str, monkeypatch) -> None:
    by_builder = Bytecode((), PYTHON, kind)
    expected = by_builder.compile(sources)
    assert set(expected) == set(sources) - {"_main/wrong.py"}
    by_action = Bytecode([make_shard(tmp_path, sources, kind)], PYTHON, kind)
    asked = []
    monkeypatch.setattr(python_target, "compile_sources", lambda _, missing: asked.append(missing) or {})
    monkeypatch.setattr(python_target, "freeze_sources", lambda _, missing: (asked.append(missing) or {}, b""))
    assert by_action.compile(sources) == expected
    assert by_action.names.content() == by_builder.names.content()
    assert asked == [{}]


def test_an_empty_source_that_no_file_has() -> None:
    for kind in (python_target.BYTECODE, python_target.DEEPFROZEN):
        compiled = Bytecode((), PYTHON, kind).compile({"_main/__init__.py": None})
        assert compiled == python_target.compile_texts(PYTHON, {"_main/__init__.py": b""})
        assert compiled["_main/__init__.py"].startswith(PYTHON.magic)


def test_what_no_shard_has_is_compiled(tmp_path: Path, sources: "dict[str, str]") -> None:
    shard = make_shard(tmp_path, {"_main/a.py": sources["_main/a.py"], "elsewhere/b.py": sources["_main/b.py"]})
    assert Bytecode([shard], PYTHON).compile(sources) == python_target.compile_sources(PYTHON, sources)


def test_a_shard_of_another_python_is_not_used(tmp_path: Path, sources: "dict[str, str]") -> None:
    shard = make_shard(tmp_path, sources)
    other = dataclasses.replace(PYTHON, build="3.14.0 (of somebody else)")
    for path, source in sources.items():
        Path(source).write_text("CHANGED = True" if path != "_main/wrong.py" else "print 1")
    assert Bytecode([shard], other).compile(sources) == python_target.compile_sources(PYTHON, sources)


def test_a_shard_of_another_kind_is_not_used(tmp_path: Path, sources: "dict[str, str]") -> None:
    shard = make_shard(tmp_path, sources)
    found = Bytecode([shard], PYTHON, python_target.DEEPFROZEN).compile(sources)
    assert found == python_target.freeze_sources(PYTHON, sources)[0]
    assert found != Bytecode([shard], PYTHON).compile(sources)


def test_what_is_not_a_shard(tmp_path: Path) -> None:
    (tmp_path / "shard").write_bytes(b"\0\1\2\n")
    with pytest.raises(BuildError, match="shard: has no byte code"):
        Bytecode([tmp_path / "shard"], PYTHON)
