"""Module extension for the repository of rules_par's own tools."""

load(":tools_repository.bzl", "tools_repository")

def _tools_impl(mctx):
    tools_repository(name = "rules_par_tools")
    return mctx.extension_metadata(reproducible = True)

tools = module_extension(
    implementation = _tools_impl,
    doc = "Makes `@rules_par_tools`, the Python libraries that rules_par's own tools need. Not for users.",
)
