"""A test of what a par's manifest says."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load(":par_action.bzl", "in_workspace", "manifest_rows", "par_action")

def _short(row):
    # "kind path", and for natives " as alias" for each alias: sources are looked at apart, since they depend on the machine.
    aliases = row[3] if row[0] == "native" else []
    return " ".join(row[:2]) + "".join([" as " + alias for alias in aliases])

def _manifest_test_impl(ctx):
    env = analysistest.begin(ctx)
    rows = manifest_rows(par_action(env))
    found = {_short(row): True for row in rows}
    for wanted in in_workspace(ctx, ctx.attr.has):
        asserts.true(env, wanted in found, "no {} in:\n{}".format(wanted, "\n".join(found)))

    # A native, or a file that nothing excludes, is in the par.
    excluded = [row[1] for row in rows if row[0] == "exclude"]
    members = [row[1] for row in rows if row[0] == "native" or row[0] == "file" and row[1] not in excluded]
    for unwanted in in_workspace(ctx, ctx.attr.lacks):
        matching = [member for member in members if unwanted in member]
        asserts.equals(env, [], matching, "members with {} in their path".format(unwanted))

    sources = {row[1]: row[2] for row in rows if row[0] == "native"}
    for path, source in ctx.attr.native_sources.items():
        matching = [found for place, found in sources.items() if place.endswith(path) and found.endswith(source)]
        asserts.equals(env, 1, len(matching), "{} from {} in {}".format(path, source, sources))

    # Natives that many ways lead to are listed once for each depset at most, and always with the same source.
    asserts.equals(
        env,
        len(sources),
        len({(row[1], row[2]): True for row in rows if row[0] == "native"}),
        "every native has one source",
    )
    return analysistest.end(env)

_ATTRS = {
    "has": attr.string_list(doc = "Rows, as `kind path[ as alias ...]`."),
    "lacks": attr.string_list(doc = "Parts of paths that no member may have."),
    "native_sources": attr.string_dict(doc = "End of a native's path -> end of the path of the file it comes from."),
}

manifest_test = analysistest.make(
    _manifest_test_impl,
    attrs = _ATTRS,
)

built_python_manifest_test = analysistest.make(
    _manifest_test_impl,
    attrs = _ATTRS,
    config_settings = {"//command_line_option:extra_toolchains": "//tests/analysis:built_python_toolchain"},
)
