"""A test of how a par's mode is decided."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//python:defs.bzl", "ParRuntimeInfo")

# buildifier: disable=bzl-visibility
load("//python/private:mode.bzl", "resolve_mode")

_ModeInfo = provider(
    doc = "A decision.",
    fields = {"mode": "string"},
)

def _decided_mode_impl(ctx):
    return [_ModeInfo(mode = resolve_mode(
        ctx.label,
        interpreter = ctx.attr.interpreter,
        mode = ctx.attr.mode,
        runtime = ctx.attr.runtime[ParRuntimeInfo] if ctx.attr.runtime else None,
        setting = ctx.attr.setting,
        version = ctx.attr.version or None,
    ))]

decided_mode = rule(
    implementation = _decided_mode_impl,
    doc = "Decides with what a test gives, since the py_binary of Bazel 7 never tells its version.",
    attrs = {
        "interpreter": attr.string(doc = "The par's attribute."),
        "mode": attr.string(doc = "The par's attribute."),
        "runtime": attr.label(
            doc = "The runtime that fits.",
            providers = [ParRuntimeInfo],
        ),
        "setting": attr.string(doc = "Value of the build setting."),
        "version": attr.string(doc = "The program's version of Python; empty if not known."),
    },
)

def _mode_test_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.equals(env, ctx.attr.expected, analysistest.target_under_test(env)[_ModeInfo].mode)
    return analysistest.end(env)

mode_test = analysistest.make(
    _mode_test_impl,
    attrs = {"expected": attr.string(doc = "The mode.")},
)
