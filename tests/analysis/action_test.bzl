"""Tests of the action that makes a par, and of what the rule provides."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//python:defs.bzl", "ParInfo")
load(":par_action.bzl", "flags", "in_workspace", "par_action")

def _without_directory(flag):
    # bazel-out/<configuration>/bin/tests/analysis/x -> x
    name, _, value = flag.partition("=")
    return name + "=" + value.split("/tests/analysis/")[-1] if name in ("--output", "--listing") else flag

def _flags_test_impl(ctx):
    env = analysistest.begin(ctx)
    found = [_without_directory(flag) for flag in flags(par_action(env))]
    for flag in in_workspace(ctx, ctx.attr.has):
        asserts.true(env, flag in found, "no {} in {}".format(flag, found))
    asserts.true(env, "--workspace=" + ctx.workspace_name in found)
    for name in ctx.attr.lacks:
        asserts.equals(env, [], [flag for flag in found if flag.startswith(name + "=")])
    return analysistest.end(env)

_FLAGS_ATTRS = {
    "has": attr.string_list(doc = "Arguments of the builder; `--output` and `--listing` without directory."),
    "lacks": attr.string_list(doc = "Flags that must not be given, without value."),
}

flags_test = analysistest.make(
    _flags_test_impl,
    attrs = _FLAGS_ATTRS,
)

# The interpreter of the toolchain is looked at in system mode: others prefer that of the runtime.

machine_python_flags_test = analysistest.make(
    _flags_test_impl,
    attrs = _FLAGS_ATTRS,
    config_settings = {
        "//command_line_option:extra_toolchains": "//tests/analysis:machine_python_toolchain",
        str(Label("//python/settings:mode")): "system",
    },
)

built_python_flags_test = analysistest.make(
    _flags_test_impl,
    attrs = _FLAGS_ATTRS,
    config_settings = {
        "//command_line_option:extra_toolchains": "//tests/analysis:built_python_toolchain",
        str(Label("//python/settings:mode")): "system",
    },
)

no_cc_toolchain_flags_test = analysistest.make(
    _flags_test_impl,
    attrs = _FLAGS_ATTRS,
    config_settings = {"//command_line_option:platforms": str(Label("//tests/analysis:without_cc_toolchain"))},
)

def _environment_test_impl(ctx):
    env = analysistest.begin(ctx)

    # All of it: that the user's environment is not there is the point.
    asserts.equals(
        env,
        {
            "PATH": "/bin:/usr/bin:/usr/local/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONNOUSERSITE": "1",
            "PYTHONSAFEPATH": "1",
        },
        par_action(env).env,
    )
    return analysistest.end(env)

environment_test = analysistest.make(_environment_test_impl)

def _providers_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    name = target.label.name
    default_info = target[DefaultInfo]
    asserts.equals(env, [name], [file.basename for file in default_info.files.to_list()])
    asserts.equals(env, name, default_info.files_to_run.executable.basename)
    asserts.equals(env, name, target[ParInfo].par.basename)
    asserts.equals(env, name + ".json", target[ParInfo].listing.basename)
    asserts.equals(env, [target[ParInfo].listing], target[OutputGroupInfo].par_manifest.to_list())
    asserts.equals(env, ctx.attr.environment, target[RunEnvironmentInfo].environment)
    asserts.equals(
        env,
        sorted([name] + ctx.attr.beside),
        sorted([file.basename for file in default_info.default_runfiles.files.to_list()]),
        "the par alone, and what `args` name",
    )
    asserts.true(env, InstrumentedFilesInfo in target, "coverage reaches what is below the par")
    return analysistest.end(env)

providers_test = analysistest.make(
    _providers_test_impl,
    attrs = {
        "beside": attr.string_list(doc = "Files in the par's own runfiles, besides the par."),
        "environment": attr.string_dict(doc = "What RunEnvironmentInfo has."),
    },
)
