"""A test of what a par's action is given of a runtime."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//tests/analysis:par_action.bzl", "flags", "manifest_rows", "par_action")

# The flags that say which Python runs the par, and which one compiles what is in it.
_ABOUT_PYTHON = ["--interpreter", "--linker", "--mode", "--python", "--runtime_version", "--stub", "--toolchain_python"]

def _carried_test_impl(ctx):
    env = analysistest.begin(ctx)
    action = par_action(env)
    found = [flag for flag in flags(action) if flag.partition("=")[0] in _ABOUT_PYTHON]
    asserts.equals(env, sorted(ctx.attr.flags), sorted(found))
    rows = [row for row in manifest_rows(action) if row[0] == "runtime"]
    asserts.equals(env, sorted(ctx.attr.rows), sorted([" ".join(row[:3]) for row in rows]))

    # The inputs are what the rows name, and no more: none at all in system mode.
    sources = {row[3]: True for row in rows}
    inputs = {file.path: True for file in action.inputs.to_list()}
    for source in sources:
        asserts.true(env, source in inputs, source + " is no input")
    unused = [path for path in inputs if "/modes/runtime/" in path and path not in sources and not path.endswith("/stub")]
    asserts.equals(env, [], unused)
    endings = [path.rpartition(".")[2] for path in inputs if path.endswith((".bytecode", ".inspection")) and "par_" not in path]
    made_once = (["bytecode"] if ctx.attr.is_compiled else []) + ["inspection"]
    asserts.equals(env, made_once if rows else [], sorted(endings))
    stubs = [path for path in inputs if path.endswith("/modes/runtime/stub")]
    asserts.equals(env, 1 if rows else 0, len(stubs), "number of stubs among the inputs")
    return analysistest.end(env)

_ATTRS = {
    "is_compiled": attr.bool(default = True, doc = "Whether the runtime has a Python that compiles its library once, for all pars."),
    "flags": attr.string_list(doc = "All flags that have to do with Python."),
    "rows": attr.string_list(doc = "All rows of the runtime, as `runtime role name`; none in system mode."),
}

def _settings(runtime, mode, python = "python"):
    toolchains = [python + "_toolchain", runtime + "_toolchain"]
    return {
        "//command_line_option:extra_toolchains": ",".join([str(Label("//tests/analysis/modes:" + name)) for name in toolchains]),
        str(Label("//python/settings:mode")): mode,
    }

runtime_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = _settings("with_libc", "auto"),
)

no_libc_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = _settings("without_libc", "auto"),
)

hermetic_python_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = _settings("of_rules_python", "auto", python = "hermetic_python"),
)

machine_python_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = _settings("of_rules_python", "auto"),
)

embedded_setting_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = _settings("with_libc", "embedded"),
)

full_setting_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = _settings("with_libc", "full"),
)

system_setting_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = _settings("with_libc", "system"),
)

no_runtime_test = analysistest.make(
    _carried_test_impl,
    attrs = _ATTRS,
    config_settings = {"//command_line_option:platforms": str(Label("//tests/analysis/modes:without_runtime"))},
)
