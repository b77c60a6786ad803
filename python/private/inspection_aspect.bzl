"""Looks at the files of every wheel and of every other Python target with shared objects, once for all pars that contain it."""

load("@rules_python//python:py_info.bzl", "PyInfo")

_ATTRS = ["actual", "data", "deps", "srcs"]

ParInspectionInfo = provider(
    doc = "What is known of the files of a target and of what it leads to.",
    fields = {"files": "depset of Files that the builder takes as `--inspection`."},
)

def _below(rule):
    found = []
    for name in _ATTRS:
        value = getattr(rule.attr, name, None)
        for target in value if type(value) == "list" else [value]:
            if type(target) == "Target" and ParInspectionInfo in target:
                found.append(target[ParInspectionInfo].files)
    return found

def _inspection_aspect_impl(target, ctx):
    own = []
    if PyInfo in target:
        files = [
            file
            for file in target[DefaultInfo].files.to_list() + getattr(ctx.rule.files, "data", [])
            if file.is_directory or file.extension == "so" or ".so." in file.basename
        ]
        if files:
            output = ctx.actions.declare_file(ctx.label.name + ".par_inspection")
            names = ctx.actions.args()
            names.use_param_file("%s", use_always = True)
            names.set_param_file_format("multiline")
            names.add_all(files)
            options = ctx.actions.args()
            options.add(output)
            ctx.actions.run(
                executable = ctx.attr._inspect_files[DefaultInfo].files_to_run,
                arguments = [options, names],
                inputs = files,
                outputs = [output],
                mnemonic = "ParInspection",
                progress_message = "Inspecting files of %{label}",
                env = {"PATH": "/bin:/usr/bin:/usr/local/bin"},
                execution_requirements = {"supports-path-mapping": "1"},
                toolchain = None,
            )
            own.append(output)
    return [ParInspectionInfo(files = depset(own, transitive = _below(ctx.rule)))]

inspection_aspect = aspect(
    implementation = _inspection_aspect_impl,
    attr_aspects = _ATTRS,
    attrs = {
        "_inspect_files": attr.label(
            cfg = "exec",
            default = "//tools/builder:inspect_files",
            executable = True,
        ),
    },
    doc = "Gives ParInspectionInfo for every target on the way to shared objects.",
    provides = [ParInspectionInfo],
)
