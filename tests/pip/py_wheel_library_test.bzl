"""What py_wheel_library provides."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@rules_python//python:py_cc_link_params_info.bzl", "PyCcLinkParamsInfo")
load("@rules_python//python:py_info.bzl", "PyInfo")

def _provider_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    import_root = "/".join([ctx.workspace_name, target.label.package, target.label.name, "site-packages"])
    asserts.true(env, import_root in target[PyInfo].imports.to_list(), "no import root " + import_root)

    runfiles = [file.short_path for file in target[DefaultInfo].default_runfiles.files.to_list()]
    for path in ctx.attr.expected_runfiles:
        asserts.true(env, path in runfiles, "%s is not in %s" % (path, runfiles))

    linked = [
        linker_input.owner.name
        for linker_input in target[PyCcLinkParamsInfo].cc_info.linking_context.linker_inputs.to_list()
    ]
    asserts.equals(env, ctx.attr.expected_libraries, linked)
    return analysistest.end(env)

py_wheel_library_provider_test = analysistest.make(
    _provider_test_impl,
    attrs = {
        "expected_libraries": attr.string_list(doc = "Names of the cc_library targets that come with the deps."),
        "expected_runfiles": attr.string_list(doc = "Short paths of runfiles."),
    },
    doc = "Looks at the providers of a py_wheel_library.",
)
