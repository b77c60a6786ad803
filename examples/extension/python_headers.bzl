"""The headers of the host's Python, for the C extensions of this example.

An autodetecting Python toolchain has none to offer. Extensions for the limited API (`Py_LIMITED_API`) do not care which
Python 3 the headers are of, so those of the `python3` on PATH will do.
"""

_BUILD = """\
load("@rules_cc//cc:cc_library.bzl", "cc_library")

cc_library(
    name = "python_headers",
    hdrs = glob(["include/**/*.h"]),
    includes = ["include"],
    visibility = ["//visibility:public"],
)
"""

# Debian's pyconfig.h is a switch to a directory per machine, next to the others.
_FIND = "import sysconfig; print(sysconfig.get_path('include')); print(sysconfig.get_path('platinclude'))"

def _python_headers_impl(repository_ctx):
    python = repository_ctx.which("python3")
    if not python:
        fail("python_headers: no python3 on PATH")
    found = repository_ctx.execute([python, "-c", _FIND])
    if found.return_code:
        fail("python_headers: %s: %s" % (python, found.stderr))
    include = repository_ctx.path(found.stdout.splitlines()[0])
    if not include.get_child("Python.h").exists:
        fail("python_headers: no Python.h in %s: install the development package (apt-get install python3-dev)" % include)
    for entry in include.readdir():
        repository_ctx.symlink(entry, "include/" + entry.basename)

    # <x86_64-linux-gnu/python3.14/pyconfig.h>, as Debian's pyconfig.h wants it.
    for machine in include.dirname.readdir():
        own = machine.get_child(include.basename)
        if machine.basename.count("-linux-") and own.exists:
            repository_ctx.symlink(own, "include/%s/%s" % (machine.basename, include.basename))
    repository_ctx.file("BUILD.bazel", _BUILD)

python_headers = repository_rule(
    implementation = _python_headers_impl,
    configure = True,
    doc = "Makes `@name//:python_headers`, a cc_library with Python.h of the `python3` on PATH.",
    environ = ["PATH"],
    local = True,
)
