"""The Python of rules_python's own toolchain, for pars to carry."""

load(":linker_paths.bzl", "LINKER_PATHS")
load(":par_runtime_info.bzl", "ParRuntimeInfo")
load(":standard_library.bzl", "is_standard")
load(":stdlib_actions.bzl", "STDLIB_ATTRS", "compile_stdlib", "inspect_runtime")

_PYTHON_TOOLCHAIN = "@bazel_tools//tools/python:toolchain_type"

def _libpython_version(name):
    # libpython3.14.so.1.0, and libpython3.14t.so.1.0 without the lock
    if not name.startswith("libpython3.") or not name.endswith(".so.1.0"):
        return None
    return name.removeprefix("libpython").removesuffix(".so.1.0").rstrip("dt")

def _is_of_tk(name):
    return name.startswith("libtcl") or name.startswith("libtk")

def _sorted_out(files, prefix):
    """What is what, by the layout of python-build-standalone."""
    found = struct(programs = [], stdlib = [], extra_stdlib = [], libraries = [], extra_libraries = [], roots = {})
    for file in files:
        directory, _, name = file.short_path.removeprefix(prefix).partition("/")
        if not file.short_path.startswith(prefix) or "/__pycache__/" in file.short_path:
            continue
        if name and directory.startswith("python3."):
            if not name.startswith("site-packages/") and not name.endswith((".a", ".o", ".pyc")):
                (found.stdlib if is_standard(name) else found.extra_stdlib).append(file)
                found.roots[prefix + directory] = True
        elif _libpython_version(directory):
            found.programs.append(file)
        elif ".so" in directory and not name and not directory.startswith("libpython"):
            (found.extra_libraries if _is_of_tk(directory) else found.libraries).append(file)
    return found

def _rules_python_runtime_impl(ctx):
    none = [platform_common.ToolchainInfo(par_runtime = None)]
    py_runtime = ctx.toolchains[_PYTHON_TOOLCHAIN].py3_runtime
    machines = [
        cpu.label.name
        for cpu in ctx.attr._cpus
        if ctx.target_platform_has_constraint(cpu[platform_common.ConstraintValueInfo])
    ]
    if not py_runtime or not py_runtime.interpreter or not machines:
        return none

    # .../bin/python3, .../lib/python3.14/os.py. This is done once for each toolchain and not for each par.
    prefix = "/".join(py_runtime.interpreter.short_path.split("/")[:-2] + ["lib", ""])
    found = _sorted_out(py_runtime.files.to_list(), prefix)

    # An interpreter from elsewhere, such as a script that looks for one on PATH.
    if len(found.programs) != 1 or len(found.roots) != 1:
        return none
    version = _libpython_version(found.programs[0].basename)
    root = found.roots.keys()[0]
    stdlib, extra_stdlib, libraries = depset(found.stdlib), depset(found.extra_stdlib), depset(found.libraries)
    python = {
        "inputs": py_runtime.files,
        "interpreter": py_runtime.interpreter,
        "root": root,
        "version": version,
    }
    info = ParRuntimeInfo(
        abi = "",
        audit = ctx.file.audit,
        bytecode = compile_stdlib(ctx, files = stdlib, name = "bytecode", **python),
        extra_bytecode = compile_stdlib(ctx, files = extra_stdlib, name = "extra_bytecode", **python),
        extra_libraries = depset(found.extra_libraries),
        extra_stdlib = extra_stdlib,
        glibc = depset(),
        glibc_floor = "",
        glibc_version = "",
        inspection = inspect_runtime(ctx, [stdlib, libraries]),
        interpreter_path = "",
        libraries = libraries,
        linker = None,
        linker_path = LINKER_PATHS[machines[0]],
        machine = machines[0],
        program = found.programs[0],
        stdlib = stdlib,
        stdlib_root = root,
        stub = ctx.file.stub,
        version = version,
    )
    return [info, platform_common.ToolchainInfo(par_runtime = info)]

rules_python_runtime = rule(
    implementation = _rules_python_runtime_impl,
    attrs = {
        "audit": attr.label(
            allow_single_file = True,
            default = "//python/stub:audit",
            doc = "The audit module that belongs to `stub`.",
        ),
        "stub": attr.label(
            allow_single_file = True,
            default = "//python/stub",
            doc = "The program at the head of a par.",
        ),
        "_cpus": attr.label_list(
            default = [Label("@platforms//cpu:" + machine) for machine in LINKER_PATHS],
            doc = "The machines that have pars.",
        ),
    } | STDLIB_ATTRS,
    doc = """\
The Python of the toolchain that py_binary uses, where that is one of python-build-standalone, as rules_python downloads them:
a runtime without libc. Any other toolchain gives no runtime.
""",
    toolchains = [_PYTHON_TOOLCHAIN],
)
