"""What actions of their own have compiled (python/private/bytecode.bzl): each file has that of many sources."""

import json
import mmap
import pathlib
from collections.abc import Iterable

from tools.builder import deepfreeze, deepfrozen, python_target
from tools.builder.errors import BuildError


class Bytecode:
    """Looks up compiled code by source.

    Attributes:
        names: those that the deep-frozen code refers to which was asked for.
    """

    def __init__(self, shards: "Iterable[pathlib.Path]", python: python_target.PythonTarget, kind: str = python_target.BYTECODE):
        """Leaves out shards of another kind, and of another build of Python. Raises BuildError when a file is not one."""
        self.names = deepfrozen.Names()
        self._python, self._kind = python, kind
        self._found: "dict[tuple[str, str], tuple[pathlib.Path, int, int]]" = {}
        self._names: "dict[pathlib.Path, tuple[int, int]]" = {}
        for shard in shards:
            with shard.open("rb") as file:
                start = file.readline()
            try:
                head = json.loads(start)
            except ValueError as error:
                raise BuildError(f"{shard}: has no byte code that this builder knows: build it again") from error
            if (head["kind"], head["build"]) != (kind, python.build):
                continue
            offset = len(start)
            for source, (path, size) in head["sources"].items():
                self._found[source, path] = shard, offset, size
                offset += size
            self._names[shard] = offset, head["names"]

    def compile(self, sources: "dict[str, str | None]") -> "dict[str, bytes | bytearray | memoryview]":
        """As python_target.compile_sources or freeze_sources, which make what no shard has; None: an empty source."""
        missing, empty = {}, {}
        places: "dict[pathlib.Path, list[tuple[int, int, str]]]" = {}
        for path, source in sources.items():
            if source is None:
                empty[path] = b""
                continue
            found = self._found.get((source, path))
            if found is None:
                missing[path] = source
            elif found[2]:
                places.setdefault(found[0], []).append((found[1], found[2], path))
        if self._kind == python_target.BYTECODE:
            compiled = python_target.compile_sources(self._python, missing)
        else:
            contents, table = python_target.freeze_sources(self._python, missing)
            compiled = {path: bytearray(content) for path, content in contents.items()}
            self._link([(content, 0) for content in compiled.values()], table)
        if empty:
            compiled.update(python_target.compile_texts(self._python, empty))
        for shard, parts in places.items():
            with shard.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            offset, size = self._names[shard]
            self._link([(data, offset) for offset, _, _ in parts], data[offset : offset + size])
            view = memoryview(data)
            compiled.update((path, view[offset : offset + size]) for offset, size, path in parts)
        return compiled

    def _link(self, places: "list[tuple[bytearray | mmap.mmap, int]]", table: bytes) -> None:
        if not table:
            return
        base = self.names.add(table)
        for content, offset in places:
            if content[offset : offset + len(deepfreeze.MAGIC)] == deepfreeze.MAGIC:
                deepfrozen.link(content, offset, base)
