"""Builds a par from what the par rule writes. ARCHITECTURE.md, sections 1 to 3, describes both sides.

    builder --flagfile=FILE     FILE: flags, and lines of the manifest, which begin with "["
    builder --persistent_worker waits for such command lines from Bazel

Exit status: 0, or 1 with the reason on standard error.
"""

import json
import pathlib
import sys
import tempfile

from absl import flags

from tools.builder import bytecode, inspection, manifest, options, par, patchelf, python_target, runtime, worker
from tools.builder.errors import BuildError

_OUTPUT = flags.DEFINE_string("output", None, "The par to write.", required=True)
_LISTING = flags.DEFINE_string("listing", None, "File for a JSON description of the par: members, and who needs which library.")
_MAIN = flags.DEFINE_string("main", None, "Path of the main module inside the par.", required=True)
_WORKSPACE = flags.DEFINE_string("workspace", None, "Name of the main repository in runfiles.", required=True)
_PYTHON = flags.DEFINE_string("python", None, "Interpreter that the par is for; it compiles the sources.", required=True)
_INTERPRETER = flags.DEFINE_string("interpreter", "", "The #! line, without #!. Default: /usr/bin/env python3.<minor>.")
_MODE = flags.DEFINE_enum("mode", "system", ["system", "embedded", "full"], "What the par carries of Python and libc.")
_STUB = flags.DEFINE_string("stub", None, "The program at the head of a par with its own Python.")
_AUDIT = flags.DEFINE_string("audit", None, "The audit module that goes with it.")
_INTERPOSER = flags.DEFINE_string("interposer", None, "The shared object that lets C code read below the path of the par.")
_BYTECODE = flags.DEFINE_multi_string("bytecode", [], "File of code that is compiled already. Repeatable.")
_INSPECTION = flags.DEFINE_multi_string("inspection", [], "File of what is known of source files already. Repeatable.")
_LINKER = flags.DEFINE_string("linker", "", "Path of the host's ld.so, for embedded mode.")
_RUNTIME_VERSION = flags.DEFINE_string("runtime_version", "", "Version of the Python that the par carries, for example 3.14.")
_TOOLCHAIN_PYTHON = flags.DEFINE_string("toolchain_python", "", "The interpreter that the program was built for, to compare versions.")
_PATCHELF = flags.DEFINE_string("patchelf", "patchelf", "The patchelf program, for objects whose names have no room to change.")
_ENTRY_POINT = flags.DEFINE_multi_string("entry_point", [], "NAME=MODULE:FUNCTION, a script that the par is started as. Repeatable.")
_HOST_LIBRARY = flags.DEFINE_multi_string("host_library", [], "SONAME that the host may provide. Repeatable.")


def _runtime(
    contents: manifest.Manifest, python: python_target.PythonTarget, inspections: inspection.Inspections
) -> "runtime.Runtime | None":
    if _MODE.value == "system":
        return None
    version = (python_target.describe(_TOOLCHAIN_PYTHON.value) if _TOOLCHAIN_PYTHON.value else python).version
    shown = ".".join(map(str, version))
    if shown != _RUNTIME_VERSION.value:
        raise BuildError(
            f"the runtime has Python {_RUNTIME_VERSION.value}, the program's toolchain Python {shown}: register a runtime for "
            f'{shown} (runtime.local in MODULE.bazel), or say mode = "system"'
        )
    return runtime.Runtime(
        contents.runtime,
        _MODE.value == "full",
        pathlib.Path(_STUB.value),
        pathlib.Path(_AUDIT.value),
        pathlib.Path(_INTERPOSER.value),
        _LINKER.value,
        inspections,
    )


def _parse(arguments: "list[str]") -> "list[str]":
    """Sets the flags; returns the lines of the manifest. Raises BuildError."""
    lines = []
    for argument in arguments:
        option, _, file = argument.partition("=")
        lines += pathlib.Path(file).read_text(encoding="utf-8").split("\n") if option == "--flagfile" else [argument]
    for name in flags.FLAGS:
        flags.FLAGS[name].unparse()  # of an earlier command line
    try:
        flags.FLAGS(["builder", *(line for line in lines if line[:1] == "-")])
    except flags.Error as error:
        raise BuildError(f"{error}: rule and builder are of different versions") from error
    return [line for line in lines if line[:1] == "["]


def _build(lines: "list[str]") -> None:
    entry_points = tuple((name, reference) for name, _, reference in (each.partition("=") for each in _ENTRY_POINT.value))
    choices = options.Options(
        _MAIN.value,
        _WORKSPACE.value,
        _INTERPRETER.value,
        tuple(_HOST_LIBRARY.value),
        entry_points,
        pathlib.Path(_INTERPOSER.value) if _INTERPOSER.value else None,
    )
    contents = manifest.parse(lines)
    python = python_target.describe(_PYTHON.value)
    inspections = inspection.Inspections(map(pathlib.Path, _INSPECTION.value))
    own = _runtime(contents, python, inspections)
    compiled = bytecode.Bytecode(map(pathlib.Path, _BYTECODE.value), python, python_target.DEEPFROZEN if own else python_target.BYTECODE)
    with tempfile.TemporaryDirectory() as directory:
        tool = patchelf.Patchelf(_PATCHELF.value, pathlib.Path(directory))
        listing = par.build(contents, choices, python, tool, pathlib.Path(_OUTPUT.value), own, compiled, inspections)
    if _LISTING.value:
        pathlib.Path(_LISTING.value).write_text(json.dumps(listing, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def build(arguments: "list[str]") -> str:
    """Does what a command line says; returns why it could not, or ""."""
    try:
        _build(_parse(arguments))
    except BuildError as error:
        return f"{flags.FLAGS['output'].value}: {error}"
    except OSError as error:
        return f"{flags.FLAGS['output'].value}: {error.filename or 'cannot be written'}: {error.strerror}: mend that, and build again"
    return ""


if __name__ == "__main__":
    if sys.argv[1:] == ["--persistent_worker"]:
        worker.serve(build)
    else:
        sys.exit(build(sys.argv[1:]) or 0)
