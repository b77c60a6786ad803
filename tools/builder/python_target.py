"""The Python that a par is for: asks it what it is, and lets it compile."""

import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import tempfile

from tools.builder.errors import BuildError

BYTECODE, DEEPFROZEN, STRIPPED = "bytecode", "deepfrozen", "stripped"  # kinds of what is compiled; the last: without documentation
PYC_HEADER = 16  # bytes of a byte code file before the marshalled code (PEP 552)
_WORKER = pathlib.Path(__file__).with_name("python_worker.py")


@dataclasses.dataclass(frozen=True)
class PythonTarget:
    """What the interpreter says of itself.

    Attributes:
        version: (3, 14).
        magic: what its byte code files begin with.
        build: `sys.version`.
        cache_tag: "cpython-314".
        machine: of uname(2).
        extension_suffixes: in the order in which it looks for them, the fullest first.
    """

    interpreter: str
    version: "tuple[int, int]"
    magic: bytes
    build: str
    cache_tag: str
    machine: str
    extension_suffixes: "tuple[str, ...]"


def describe(interpreter: str) -> PythonTarget:
    """Raises BuildError when the interpreter does not run here or is too old. One that is a program is asked once, as long as its file
    stays the same; a script may start another one each time."""
    try:
        with open(interpreter, "rb") as file:
            found = os.fstat(file.fileno())
            if file.read(4) == b"\x7fELF":
                return _describe_once(interpreter, (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size))
    except OSError:
        pass  # not a path
    return _describe(interpreter)


@functools.lru_cache
def _describe_once(interpreter: str, _: "tuple[int, ...]") -> PythonTarget:
    return _describe(interpreter)


def _describe(interpreter: str) -> PythonTarget:
    try:
        answer = json.loads(_run(interpreter, ["describe"]))
    except ValueError as error:
        raise BuildError(f"{interpreter}: does not answer as Python does: select a Python toolchain") from error
    if answer["version"] < [3, 9]:
        raise BuildError(f"{interpreter}: is Python {answer['version']}: a par needs 3.9 or newer: select another toolchain")
    return PythonTarget(
        interpreter=interpreter,
        version=tuple(answer["version"]),
        magic=bytes.fromhex(answer["magic"]),
        build=answer["build"],
        cache_tag=answer["cache_tag"],
        machine=answer["machine"],
        extension_suffixes=tuple(answer["extension_suffixes"]),
    )


def has_standard_module(python: PythonTarget, module: str) -> bool:
    """Whether the module is in the standard library of that Python."""
    return json.loads(_run(python.interpreter, ["has", module]))


def compile_sources(python: PythonTarget, sources: "dict[str, str]") -> "dict[str, bytes]":
    """Byte code files (PEP 552, unchecked hash) of the sources, by their paths inside the par, which become co_filename.
    A source that is not of this Python's syntax has none: importing it says what is wrong, as it does anywhere."""
    return _compile(python, sources, BYTECODE)[0]


def freeze_sources(python: PythonTarget, sources: "dict[str, str]") -> "tuple[dict[str, bytes], bytes]":
    """The same, deep-frozen where that is possible; and the table of names of what is."""
    return _compile(python, sources, DEEPFROZEN)


def _compile(python: PythonTarget, sources: "dict[str, str]", kind: str) -> "tuple[dict[str, bytes], bytes]":
    if not sources:
        return {}, b""
    with tempfile.TemporaryDirectory() as directory:
        jobs = pathlib.Path(directory, "jobs")
        compiled = pathlib.Path(directory, "compiled")
        jobs.write_text(json.dumps([[path, str(source)] for path, source in sources.items()]))
        sizes = json.loads(_run(python.interpreter, ["compile", kind, str(jobs), str(compiled)]))
        result = {}
        with compiled.open("rb") as file:
            for path, size in zip(sources, sizes):
                if size:
                    result[path] = file.read(size)
            return result, file.read()


def compile_texts(python: PythonTarget, texts: "dict[str, bytes]", kind: str = BYTECODE) -> "dict[str, bytes]":
    """As compile_sources, of sources that are not in files; once, as long as they stay the same."""
    return dict(_compile_texts(python, kind, tuple(texts.items())))


@functools.lru_cache(maxsize=8)
def _compile_texts(python: PythonTarget, kind: str, texts: "tuple[tuple[str, bytes], ...]") -> "tuple[tuple[str, bytes], ...]":
    with tempfile.TemporaryDirectory() as directory:
        sources = {}
        for number, (path, text) in enumerate(texts):
            sources[path] = pathlib.Path(directory, f"{number}.py")
            sources[path].write_bytes(text)
        return tuple(_compile(python, sources, kind)[0].items())


def _run(interpreter: str, arguments: "list[str]") -> str:
    # PYTHONHASHSEED: the order of a set of constants in the byte code depends on it. -I would ignore it.
    environment = {"PYTHONHASHSEED": "0", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    command = [interpreter, "-s", "-S", "-B", "-X", "utf8", "-W", "ignore", str(_WORKER), *arguments]
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise BuildError(f"{interpreter}: cannot be run here ({error.strerror}): select a Python toolchain for this platform") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no message"]
        raise BuildError(f"{interpreter}: failed with status {done.returncode} ({said[-1]}): select a Python toolchain that works")
    return done.stdout
