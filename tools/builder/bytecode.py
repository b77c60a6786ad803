"""What actions of their own have compiled (python/private/bytecode.bzl): each file has that of many sources."""

import json
import pathlib
from collections.abc import Iterable

from tools.builder import python_target
from tools.builder.errors import BuildError


class Bytecode:
    """Looks up compiled code by source."""

    def __init__(self, shards: "Iterable[pathlib.Path]", python: python_target.PythonTarget, kind: str = python_target.BYTECODE):
        """Leaves out shards of another kind, and of another build of Python. Raises BuildError when a file is not one."""
        self._python, self._kind = python, kind
        self._found: "dict[tuple[str, str], tuple[pathlib.Path, int, int]]" = {}
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

    def compile(self, sources: "dict[str, pathlib.Path]") -> "dict[str, bytes]":
        """As python_target.compile_sources, which makes what no shard has."""
        missing = {}
        places: "dict[pathlib.Path, list[tuple[int, int, str]]]" = {}
        for path, source in sources.items():
            found = self._found.get((str(source), path))
            if found is None:
                missing[path] = source
            elif found[2]:
                places.setdefault(found[0], []).append((found[1], found[2], path))
        compiled = python_target.compile_sources(self._python, missing, self._kind)
        for shard, parts in places.items():
            with shard.open("rb") as file:
                for offset, size, path in parts:
                    file.seek(offset)
                    compiled[path] = file.read(size)
        return compiled
