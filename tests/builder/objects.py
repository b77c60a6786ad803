"""Real ELF objects, made by the C compiler while a test runs."""

import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

CC = ("cc", "-g0", "-fPIC")


def shared_object(output: Path, source: str = "int one(void) { return 1; }", flags: Sequence["str | Path"] = ()) -> Path:
    """Links C source into the shared object `output`; `flags` come after the source, as libraries must."""
    return _compile(output, source, ["-shared", *flags])


def library(output: Path, source: str = "int one(void) { return 1; }", flags: Sequence["str | Path"] = ()) -> Path:
    """A shared object whose SONAME is its file name."""
    return shared_object(output, source, [f"-Wl,-soname,{output.name}", *flags])


def extension(output: Path, source: str, flags: Sequence["str | Path"] = ()) -> Path:
    """An extension module of the Python that runs the test. `source` follows Python.h and defines `value()`; the module
    has a function of that name."""
    module = output.name.partition(".")[0]
    code = f"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
{source}
static PyObject *call(PyObject *self, PyObject *none) {{ return PyLong_FromLong(value()); }}
static PyMethodDef methods[] = {{{{"value", call, METH_NOARGS, ""}}, {{0}}}};
static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, "{module}", "", -1, methods}};
PyMODINIT_FUNC PyInit_{module}(void) {{ return PyModule_Create(&definition); }}
"""
    return _compile(output, code, ["-shared", f"-I{sysconfig.get_path('include')}", *flags])


def program(output: Path, flags: Sequence["str | Path"] = (), source: str = "int main(void) { return 0; }") -> Path:
    """An executable."""
    return _compile(output, source, flags)


def _compile(output: Path, source: str, flags: Sequence["str | Path"]) -> Path:
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [*CC, "-x", "c", "-", "-x", "none", "-o", output, *flags]
    done = subprocess.run(command, input=source, text=True, stderr=subprocess.PIPE, check=False)
    assert not done.returncode, done.stderr
    return output
