"""Runs in the Python that a par is for, which need not be the builder's: standard library only, 3.9 syntax.

    python_worker.py describe               JSON about this interpreter, to standard output
    python_worker.py has MODULE             JSON: whether its standard library has the module
    python_worker.py compile KIND JOBS OUTPUT
        JOBS: JSON [[path in the par, source file], ...]; writes what was compiled to OUTPUT, one after another, and then the names of
        deep-frozen code; standard output: JSON list of the sizes, 0 for a source that does not compile
    python_worker.py shard KIND OUTPUT MANIFEST
        MANIFEST: a JSON array [path in the par, source file] a line; writes to OUTPUT a line of JSON,
        {"kind": KIND, "build": as of `describe`, "sources": {source file: [path in the par, size]}, "names": size}, and then the same

KIND: `bytecode`: byte code files (PEP 552); `deepfrozen`: what deepfreeze.py makes, and a byte code file where it cannot; `stripped`: byte
code files without documentation.
"""

import _imp
import importlib.util
import json
import marshal
import os
import sys

_UNCHECKED_HASH = 0b01  # PEP 552


def _describe() -> dict:
    return {
        "version": sys.version_info[:2],
        "magic": importlib.util.MAGIC_NUMBER.hex(),
        "build": sys.version,
        "cache_tag": sys.implementation.cache_tag,
        "machine": os.uname().machine,
        "extension_suffixes": _imp.extension_suffixes(),
    }


def _has(module: str) -> bool:
    del sys.path[0]  # where this file is
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _freezer(kind: str):
    """What freezes code; None when that is not wanted, or not possible."""
    if kind != "deepfrozen":
        return None
    try:
        import deepfreeze  # beside this file
    except ImportError:  # a Python without ctypes
        return None
    try:
        return deepfreeze.Freezer()
    except deepfreeze.CannotFreeze:
        return None


def _compile(path: str, source: bytes, freezer, optimize: int) -> bytes:
    code = compile(source, path, "exec", dont_inherit=True, optimize=optimize)
    # Which strings marshal writes as references depends on who else holds them; a copy that only marshal holds is stable.
    stable = marshal.dumps(marshal.loads(marshal.dumps(code)))
    if freezer:
        try:
            return freezer.freeze(marshal.loads(stable))
        except (freezer.CannotFreeze, RecursionError):
            pass
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little") + importlib.util.source_hash(source)
    return header + stable


def _compiled(path: str, source: str, freezer, optimize: int) -> bytes:
    with open(source, "rb") as file:
        content = file.read()
    try:
        return _compile(path, content, freezer, optimize)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return b""


def _compile_all(kind: str, jobs: "list[list[str]]") -> "list[bytes]":
    """The last are the names."""
    freezer = _freezer(kind)
    optimize = 2 if kind == "stripped" else 0
    contents = [_compiled(path, source, freezer, optimize) for path, source in jobs]
    return [*contents, freezer.names() if freezer else b""]


def _write_shard(kind: str, output: str, manifest: str) -> None:
    with open(manifest, encoding="utf-8") as lines:
        jobs = [json.loads(line) for line in lines]
    contents = _compile_all(kind, jobs)
    sources = {source: [path, len(content)] for (path, source), content in zip(jobs, contents)}
    with open(output, "wb") as file:
        file.write(json.dumps({"kind": kind, "build": sys.version, "sources": sources, "names": len(contents[-1])}).encode() + b"\n")
        file.writelines(contents)


def main() -> None:
    if sys.argv[1] == "describe":
        print(json.dumps(_describe()))
        return
    if sys.argv[1] == "has":
        print(json.dumps(_has(sys.argv[2])))
        return
    if sys.argv[1] == "shard":
        _write_shard(*sys.argv[2:])
        return
    _, _, kind, source_list, compiled = sys.argv
    with open(source_list, encoding="utf-8") as file:
        jobs = json.load(file)
    with open(compiled, "wb") as output:
        sizes = [output.write(content) for content in _compile_all(kind, jobs)]
    print(json.dumps(sizes))


if __name__ == "__main__":
    main()
