"""Every CPython of the machine, as a toolchain of its own.

`host_interpreters` looks for python3.N on PATH and in pyenv. For each that starts it makes a toolchain
`//:<name>_toolchain`; `par_for_interpreter` (par_for_interpreter.bzl) builds a par with that one.
"""

# Prints what is to be known about an interpreter, in a form that old ones can produce too.
_DESCRIBE = """
import json, sys
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "shared": "/libpython" in open("/proc/self/maps").read(),  # Debian's configuration says it of a static one too
    "implementation": sys.implementation.name if sys.version_info[0] > 2 else "cpython",
}))
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
    name = "{name}_toolchain",
    toolchain = ":{name}_pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

_LOWEST = [3, 9]

def _candidates(repository_ctx):
    found = []
    for minor in range(9, 30):
        path = repository_ctx.which("python3.%d" % minor)
        if path:
            found.append(path)
    root = repository_ctx.os.environ.get("PYENV_ROOT", repository_ctx.os.environ.get("HOME", "") + "/.pyenv")
    versions = repository_ctx.path(root + "/versions") if root.startswith("/") else None
    if versions and versions.exists:
        for version in sorted(versions.readdir(), key = str):
            path = version.get_child("bin", "python")
            if path.exists:
                found.append(path)
    return found

def _host_interpreters_impl(repository_ctx):
    build = [
        """load("@rules_python//python:defs.bzl", "py_runtime", "py_runtime_pair")""",
        """package(default_visibility = ["//visibility:public"])""",
    ]
    interpreters = {}
    old = []
    broken = {}
    for path in _candidates(repository_ctx):
        done = repository_ctx.execute([path, "-c", _DESCRIBE])
        if done.return_code:
            broken[str(path)] = (done.stderr.strip().splitlines() or ["status %d" % done.return_code])[-1]
            continue
        about = json.decode(done.stdout)
        if about["implementation"] != "cpython":
            broken[str(path)] = "not CPython"
        elif about["version"] < _LOWEST:
            old.append(str(path))
        else:
            name = "python" + "_".join([str(number) for number in about["version"]])
            name += "_shared" if about["shared"] else ""
            if name not in interpreters:
                interpreters[name] = {"path": str(path), "shared": about["shared"], "version": about["version"]}
                build.append(_TOOLCHAIN.format(name = name, path = path))
    repository_ctx.file("BUILD.bazel", "\n".join(build))
    repository_ctx.file("interpreters.bzl", "\n".join([
        "# name -> path, shared, version",
        "INTERPRETERS = %s" % repr(interpreters),
        "# Paths of those that are older than a par supports.",
        "OLD_INTERPRETERS = %s" % repr(old),
        "# path -> why it is not used",
        "UNUSABLE_INTERPRETERS = %s" % repr(broken),
    ]) + "\n")

host_interpreters = repository_rule(
    implementation = _host_interpreters_impl,
    configure = True,
    doc = "Makes a toolchain for each CPython of the machine, and `interpreters.bzl`, which lists them.",
    environ = ["HOME", "PATH", "PYENV_ROOT"],
    local = True,
)
