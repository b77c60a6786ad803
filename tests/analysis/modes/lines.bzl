"""The lines of a runtime in a file, and a tree to make them of."""

load("//python:defs.bzl", "ParRuntimeInfo")

# buildifier: disable=bzl-visibility
load("//python/private:manifest.bzl", "add_runtime")

def _tree_of_impl(ctx):
    tree = ctx.actions.declare_directory(ctx.label.name)
    root = ctx.label.package + "/" + ctx.attr.root
    arguments = ctx.actions.args()
    arguments.add_all([tree], expand_directories = False)
    arguments.add(root)
    ctx.actions.run_shell(
        outputs = [tree],
        inputs = ctx.files.srcs,
        command = "cp -RL \"$2/.\" \"$1\"",
        arguments = [arguments],
        toolchain = None,
    )
    return [DefaultInfo(files = depset([tree]))]

tree_of = rule(
    implementation = _tree_of_impl,
    doc = "One directory of many files.",
    attrs = {
        "root": attr.string(doc = "The directory in this package that is copied."),
        "srcs": attr.label_list(
            allow_files = True,
            doc = "The files in it.",
        ),
    },
)

def _runtime_lines_impl(ctx):
    lines = ctx.actions.args()
    lines.use_param_file("%s", use_always = True)
    lines.set_param_file_format("multiline")
    files = add_runtime(
        lines,
        ctx.attr.runtime[ParRuntimeInfo],
        all_of_stdlib = ctx.attr.all_of_stdlib,
        mode = "embedded",
    )
    output = ctx.actions.declare_file(ctx.label.name + ".made.txt")

    # Without the sources, whose directory has the name of a configuration.
    ctx.actions.run_shell(
        outputs = [output],
        inputs = files,
        command = "sed 's/,\"[^\"]*\"]$/]/' \"$1\" | LC_ALL=C sort >" + output.path,
        arguments = [lines],
        toolchain = None,
    )
    return [DefaultInfo(files = depset([output]))]

runtime_lines = rule(
    implementation = _runtime_lines_impl,
    doc = "What add_runtime adds, sorted, without the sources.",
    attrs = {
        "all_of_stdlib": attr.bool(doc = "Whether to ask for all of the standard library."),
        "runtime": attr.label(
            doc = "The runtime.",
            providers = [ParRuntimeInfo],
        ),
    },
)
