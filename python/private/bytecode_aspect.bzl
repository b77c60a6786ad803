"""Compiles the sources of every Python target, once for all pars that contain it."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load(":bytecode.bzl", "COMPILER_ATTRS", "compile_sources", "runfile_line")

_PYTHON_TOOLCHAIN = "@bazel_tools//tools/python:toolchain_type"
_ATTRS = ["actual", "data", "deps", "srcs"]

ParBytecodeInfo = provider(
    doc = "Compiled code of a target and of what it leads to: depsets of Files that the builder takes as `--bytecode`.",
    fields = {
        "bytecode": "For pars that the host's Python runs.",
        "deepfrozen": "For pars that have their own Python.",
    },
)

def _below(rule):
    found = []
    for name in _ATTRS:
        value = getattr(rule.attr, name, None)
        for target in value if type(value) == "list" else [value]:
            if type(target) == "Target" and ParBytecodeInfo in target:
                found.append(target[ParBytecodeInfo])
    return found

def _bytecode_aspect_impl(target, ctx):
    toolchain = ctx.toolchains[_PYTHON_TOOLCHAIN]
    runtime = getattr(toolchain, "py3_runtime", None) if toolchain else None
    own = {"bytecode": [], "deepfrozen": []}
    if PyInfo in target and runtime:
        for kind, outputs in own.items():
            output = ctx.actions.declare_file("{}.par_{}".format(ctx.label.name, kind))
            compile_sources(
                ctx,
                files = target[DefaultInfo].files,
                inputs = runtime.files or depset(),
                interpreter = runtime.interpreter or runtime.interpreter_path,
                kind = kind,
                map_each = runfile_line(ctx.workspace_name),
                output = output,
            )
            outputs.append(output)
    below = _below(ctx.rule)
    return [ParBytecodeInfo(
        bytecode = depset(own["bytecode"], transitive = [info.bytecode for info in below]),
        deepfrozen = depset(own["deepfrozen"], transitive = [info.deepfrozen for info in below]),
    )]

bytecode_aspect = aspect(
    implementation = _bytecode_aspect_impl,
    attr_aspects = _ATTRS,
    attrs = COMPILER_ATTRS,
    doc = "Gives ParBytecodeInfo for every target on the way to Python sources.",
    provides = [ParBytecodeInfo],
    # Without a toolchain the builder compiles.
    toolchains = [config_common.toolchain_type(_PYTHON_TOOLCHAIN, mandatory = False)],
)
