"""`written_wheel`: a wheel that a Python program writes."""

load("@rules_python//python:defs.bzl", "py_binary")
load("//python:py_wheel_library.bzl", "py_wheel_library")

def written_wheel(name, writer, deps = []):
    """The library of a wheel, version 1.0, for tests.

    Args:
        name: of the library, and of the wheel.
        writer: source of the program; its argument is the path of the wheel. It finds `wheel_files`.
        deps: of the library.
    """
    py_binary(
        name = "write_" + name,
        testonly = True,
        srcs = [writer],
        main = writer,
        deps = ["//tests/pip:wheel_files"],
    )
    wheel = name + "-1.0-py3-none-any.whl"
    native.genrule(
        name = name + "_wheel",
        testonly = True,
        outs = [wheel],
        cmd = "$(execpath :write_%s) $@" % name,
        tools = [":write_" + name],
    )
    py_wheel_library(
        name = name,
        testonly = True,
        whl = ":" + wheel,
        deps = deps,
    )
