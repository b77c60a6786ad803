"""The Pythons that the tests here make runtimes of, in both styles that distributions have.

Debian's `python3.X` has all of the interpreter in the executable. Fedora's is a small program that is linked with
`libpython3.X.so.1.0`; Debian has that library too, so here such a program is made for it.
"""

_PROGRAM = """\
int Py_BytesMain(int argc, char** argv);
int main(int argc, char** argv) { return Py_BytesMain(argc, argv); }
"""

_TOOLCHAIN = """
py_runtime(
    name = "{name}_runtime",
    interpreter_path = "{path}",
    python_version = "PY3",
)

py_runtime_pair(
    name = "{name}_pair",
    py3_runtime = ":{name}_runtime",
)

toolchain(
    name = "{name}",
    toolchain = ":{name}_pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

def _program(rctx, version):
    library = "libpython%s.so.1.0" % version
    path = rctx.path("bin/python" + version)
    command = ["cc", "-o", path, "bin/main.c", "-l:" + library]
    done = rctx.execute(command)
    if done.return_code:
        fail("%s: %s\napt-get install gcc libpython%s" % (" ".join([str(word) for word in command]), done.stderr, version))
    return path

def _pythons_impl(rctx):
    build = [
        """load("@rules_python//python:defs.bzl", "py_runtime", "py_runtime_pair")""",
        """package(default_visibility = ["//visibility:public"])""",
        """exports_files(glob(["bin/*"]))""",
    ]
    rctx.file("bin/main.c", _PROGRAM)
    for version in rctx.attr.executables:
        path = rctx.which("python" + version)
        if not path:
            fail("no python%s on PATH: apt-get install python%s" % (version, version))
        build.append(_TOOLCHAIN.format(name = "python" + version, path = path))
    for version in rctx.attr.libraries:
        build.append(_TOOLCHAIN.format(name = "libpython" + version, path = _program(rctx, version)))
    rctx.file("BUILD.bazel", "\n".join(build))

pythons = repository_rule(
    implementation = _pythons_impl,
    attrs = {
        "executables": attr.string_list(
            doc = "Versions with the interpreter in the executable: `3.11` gives the Python toolchain `:python3.11`.",
            mandatory = True,
        ),
        "libraries": attr.string_list(
            doc = "Versions with the interpreter in libpython: `3.11` gives `bin/python3.11` and the toolchain `:libpython3.11`.",
            mandatory = True,
        ),
    },
    configure = True,
    doc = "Makes Python toolchains of this machine's Pythons, in both styles.",
    environ = ["PATH"],
    local = True,
)
