"""Compiles the sources of every Python target, once for all pars that contain it."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load(":bytecode.bzl", "compile_sources", "runfile_line")

_PYTHON_TOOLCHAIN = "@bazel_tools//tools/python:toolchain_type"
_ATTRS = ["actual", "data", "deps", "srcs"]

ParBytecodeInfo = provider(
    doc = "Byte code of a target and of what it leads to.",
    fields = {"files": "depset of Files that the builder takes as `--bytecode`."},
)

def _below(rule):
    found = []
    for name in _ATTRS:
        value = getattr(rule.attr, name, None)
        for target in value if type(value) == "list" else [value]:
            if type(target) == "Target" and ParBytecodeInfo in target:
                found.append(target[ParBytecodeInfo].files)
    return found

def _bytecode_aspect_impl(target, ctx):
    toolchain = ctx.toolchains[_PYTHON_TOOLCHAIN]
    runtime = getattr(toolchain, "py3_runtime", None) if toolchain else None
    own = []
    if PyInfo in target and runtime:
        output = ctx.actions.declare_file(ctx.label.name + ".par_bytecode")
        compile_sources(
            ctx,
            files = target[DefaultInfo].files,
            inputs = runtime.files or depset(),
            interpreter = runtime.interpreter or runtime.interpreter_path,
            map_each = runfile_line(ctx.workspace_name),
            output = output,
            worker = ctx.file._worker,
        )
        own.append(output)
    return [ParBytecodeInfo(files = depset(own, transitive = _below(ctx.rule)))]

bytecode_aspect = aspect(
    implementation = _bytecode_aspect_impl,
    attr_aspects = _ATTRS,
    attrs = {
        "_worker": attr.label(allow_single_file = True, default = "//tools/builder:python_worker.py"),
    },
    doc = "Gives ParBytecodeInfo for every target on the way to Python sources.",
    provides = [ParBytecodeInfo],
    # Without a toolchain the builder compiles.
    toolchains = [config_common.toolchain_type(_PYTHON_TOOLCHAIN, mandatory = False)],
)
