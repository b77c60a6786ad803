"""`proof_suite`: all that this package proves, for one Python."""

load("@rules_python//python:defs.bzl", "py_binary")
load("//python:defs.bzl", "par")
load("//tests:pytest.bzl", "pytest_test")
load("//tests/run:par_for_interpreter.bzl", "par_with_toolchains")

MODES = [
    "embedded",
    "full",
]

# They start pars as another user, and the sandbox knows one user only.
_OTHER_USER = ["no-sandbox"]

def _rootpaths(labels):
    return json.encode({key: "$(rootpath %s)" % label for key, label in labels.items()})

def proof_suite(name, *, version, libpython, mysqlclient, toolchains = []):
    """The pars of one Python, and the tests that look at them.

    Args:
      name: string: what the names of all targets begin with.
      version: string: the version of Python, `3.14`.
      libpython: bool: whether the interpreter is in libpython.
      mysqlclient: label of the package for that version.
      toolchains: labels of the Python toolchain and of the runtime, if they are not those that are registered.
    """
    pars = {mode: "%s_probe_%s.par" % (name, mode) for mode in MODES}
    for mode, target in pars.items():
        par_with_toolchains(
            name = target,
            testonly = True,
            par = ":probe_%s.par" % mode,
            extra_toolchains = toolchains,
        )
    mysql_repl = "%s_mysql_repl.par" % name
    _mysql_repl(mysql_repl, mysqlclient, toolchains)
    hello = {mode: "//examples/hello:hello_%s.par" % mode for mode in MODES + ["system"]}

    # What the tests need besides the probe.
    tests = {
        "code": struct(),
        "foreign_roots": struct(
            data = ["musl_program.c"],
            tags = _OTHER_USER,
        ),
        "host_files": struct(deps = ["//python/testing"]),
        "interpreters": struct(),
        "maps": struct(deps = ["//python/testing"]),
        "mysql_repl": struct(
            data = [mysql_repl],
            deps = [
                "//examples/mysql_repl:server",
                "//python/testing",
            ],
            env = {"PAR": "$(rootpath %s)" % mysql_repl},
        ),
        "places": struct(
            deps = ["//tests/run:minimal_root"],
            tags = _OTHER_USER,
        ),
        "process": struct(
            data = hello.values(),
            env = {"HELLO": _rootpaths(hello)},
        ),
        "refusals": struct(
            deps = ["//tests/run:seccomp"],
            tags = _OTHER_USER,
        ),
        "restrictions": struct(
            deps = ["//tests/run:seccomp"],
            tags = _OTHER_USER,
        ),
        "start": struct(),
    }
    for test, what in tests.items():
        pytest_test(
            name = "%s_%s_test" % (name, test),
            size = "medium",
            srcs = [test + "_test.py"],
            data = pars.values() + getattr(what, "data", []),
            env = {
                "LIBPYTHON": "yes" if libpython else "no",
                "PARS": _rootpaths(pars),
                "VERSION": version,
            } | getattr(what, "env", {}),
            tags = getattr(what, "tags", []),
            deps = [":running"] + getattr(what, "deps", []),
        )

def _mysql_repl(name, mysqlclient, toolchains):
    binary = name.removesuffix(".par")
    py_binary(
        name = binary,
        testonly = True,
        srcs = ["//examples/mysql_repl:mysql_repl.py"],
        main = "//examples/mysql_repl:mysql_repl.py",
        deps = [
            mysqlclient,
            "//examples/mysql_repl:console",
            "@mariadb",
        ],
    )
    par(
        name = binary + "_any.par",
        testonly = True,
        binary = binary,
        mode = "full",
        tags = ["manual"],
    )
    par_with_toolchains(
        name = name,
        testonly = True,
        par = binary + "_any.par",
        extra_toolchains = toolchains,
    )
