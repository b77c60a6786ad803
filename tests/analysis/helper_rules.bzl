"""Rules that give the tests what no ordinary rule makes."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("@rules_python//python:py_runtime_info.bzl", "PyRuntimeInfo")

def _bare_program_impl(ctx):
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(executable, "", is_executable = True)
    return [
        DefaultInfo(executable = executable, runfiles = ctx.runfiles(ctx.files.srcs)),
        PyInfo(transitive_sources = depset(ctx.files.srcs)),
        PyRuntimeInfo(interpreter_path = "/usr/bin/python3", python_version = "PY3"),
    ]

bare_program = rule(
    implementation = _bare_program_impl,
    doc = "A program in Python alone, and truly so: Bazel 7's py_binary asks for a C++ toolchain.",
    attrs = {"srcs": attr.label_list(
        allow_files = [".py"],
        doc = "The main module.",
    )},
    executable = True,
)

def _runfiles_kinds_impl(ctx):
    tree = ctx.actions.declare_directory(ctx.label.name + "_tree")
    ctx.actions.run_shell(
        outputs = [tree],
        command = "mkdir -p $1/inner && echo 1 >$1/top.txt && echo 2 >$1/inner/low.txt",
        arguments = [ctx.actions.args().add_all([tree], expand_directories = False)],
        toolchain = None,
    )
    file = ctx.file.file
    return [DefaultInfo(
        runfiles = ctx.runfiles(
            files = [tree] if ctx.attr.with_tree else [],
            symlinks = {"linked/in_workspace.txt": file} | ({"linked/tree": tree} if ctx.attr.with_tree else {}),
            root_symlinks = {"elsewhere/at_root.txt": file},
        ),
    )]

runfiles_kinds = rule(
    implementation = _runfiles_kinds_impl,
    doc = "Has runfiles of all kinds: symlinks, root symlinks and, if wanted, a tree artifact, itself and as a symlink.",
    attrs = {
        "file": attr.label(
            allow_single_file = True,
            doc = "What the symlinks lead to.",
        ),
        "with_tree": attr.bool(doc = "Trees have contents only when actions run."),
    },
)

def _opaque_cc_impl(ctx):
    return [ctx.attr.hidden[CcInfo]]

opaque_cc = rule(
    implementation = _opaque_cc_impl,
    doc = "Provides the CcInfo of a target behind an attribute that no aspect of ours follows, as cc_proto_library does.",
    attrs = {"hidden": attr.label(
        doc = "A cc_library.",
        providers = [CcInfo],
    )},
)
