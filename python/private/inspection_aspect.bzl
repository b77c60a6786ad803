"""Looks at the files of every wheel and of every other Python target with shared objects, once for all pars that contain it."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load(":inspection.bzl", "INSPECTOR_ATTRS", "inspect_files")

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
            inspect_files(ctx, files = depset(files), output = output)
            own.append(output)
    return [ParInspectionInfo(files = depset(own, transitive = _below(ctx.rule)))]

inspection_aspect = aspect(
    implementation = _inspection_aspect_impl,
    attr_aspects = _ATTRS,
    attrs = INSPECTOR_ATTRS,
    doc = "Gives ParInspectionInfo for every target on the way to shared objects.",
    provides = [ParInspectionInfo],
)
