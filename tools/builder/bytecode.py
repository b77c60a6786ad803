"""What actions of their own have compiled (python/private/bytecode.bzl): each file has that of many sources."""

import json
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

    def compile(self, sources: "dict[str, pathlib.Path]") -> "dict[str, bytes]":
        """As python_target.compile_sources or freeze_sources, which make what no shard has."""
        missing = {}
        places: "dict[pathlib.Path, list[tuple[int, int, str]]]" = {}
        for path, source in sources.items():
            found = self._found.get((str(source), path))
            if found is None:
                missing[path] = source
            elif found[2]:
                places.setdefault(found[0], []).append((found[1], found[2], path))
        if self._kind == python_target.BYTECODE:
            compiled = python_target.compile_sources(self._python, missing)
        else:
            compiled = self._linked(*python_target.freeze_sources(self._python, missing))
        for shard, parts in places.items():
            contents = {}
            with shard.open("rb") as file:
                for offset, size, path in parts:
                    file.seek(offset)
                    contents[path] = file.read(size)
                offset, size = self._names[shard]
                file.seek(offset)
                compiled.update(self._linked(contents, file.read(size)))
        return compiled

    def _linked(self, contents: "dict[str, bytes]", table: bytes) -> "dict[str, bytes]":
        if not table:
            return contents
        base = self.names.add(table)
        return {
            path: deepfrozen.link(content, base) if content.startswith(deepfreeze.MAGIC) else content
            for path, content in contents.items()
        }
