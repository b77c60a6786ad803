"""Builds a par from the manifest that the par rule writes. ARCHITECTURE.md, sections 1 to 3, describes both sides.

Exit status: 0, or 1 with the reason on standard error.
"""

import json
import pathlib
import sys
import tempfile

from absl import app, flags

from tools.builder import bytecode, inspection, manifest, options, par, patchelf, python_target, runtime
from tools.builder.errors import BuildError

_MANIFEST = flags.DEFINE_string("manifest", None, "File of JSON arrays, one a line: what goes into the par.", required=True)
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


def _runtime(contents: manifest.Manifest, python: python_target.PythonTarget) -> "runtime.Runtime | None":
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
    )


def main(_) -> None:
    entry_points = tuple((name, reference) for name, _, reference in (each.partition("=") for each in _ENTRY_POINT.value))
    choices = options.Options(
        _MAIN.value,
        _WORKSPACE.value,
        _INTERPRETER.value,
        tuple(_HOST_LIBRARY.value),
        entry_points,
        pathlib.Path(_INTERPOSER.value) if _INTERPOSER.value else None,
    )
    try:
        with open(_MANIFEST.value, encoding="utf-8") as lines:
            contents = manifest.parse(lines)
        python = python_target.describe(_PYTHON.value)
        own = _runtime(contents, python)
        inspections = inspection.Inspections(map(pathlib.Path, _INSPECTION.value))
        compiled = bytecode.Bytecode(map(pathlib.Path, _BYTECODE.value), python, python_target.DEEPFROZEN if own else python_target.BYTECODE)
        with tempfile.TemporaryDirectory() as directory:
            tool = patchelf.Patchelf(_PATCHELF.value, pathlib.Path(directory))
            listing = par.build(contents, choices, python, tool, pathlib.Path(_OUTPUT.value), own, compiled, inspections)
    except BuildError as error:
        sys.exit(f"{_OUTPUT.value}: {error}")
    if _LISTING.value:
        pathlib.Path(_LISTING.value).write_text(json.dumps(listing, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    app.run(main)
