"""Finds the main module of a py_binary or py_test.

No provider that all supported versions of rules_python have says which file that is; the rule's own attributes do.
"""

MainInfo = provider(
    doc = "The main module of a Python program.",
    fields = {"main": "File: the module that runs as `__main__`; None when the target does not say."},
)

def _main_file(label, attributes):
    given = getattr(attributes, "main", None)
    if given:
        return given[0]

    # py_binary's own rule for a target without `main`.
    wanted = "/" + label.name + ".py"
    sources = getattr(attributes, "srcs", [])
    for source in sources:
        if ("/" + source.short_path).endswith(wanted):
            return source
    return sources[0] if len(sources) == 1 else None

def _main_aspect_impl(_target, ctx):
    return [MainInfo(main = _main_file(ctx.label, ctx.rule.files))]

main_aspect = aspect(
    implementation = _main_aspect_impl,
    doc = "Gives MainInfo for the target itself; goes no further.",
    provides = [MainInfo],
)
