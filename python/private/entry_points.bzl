"""Several scripts in one par: what `entry_points` may be, and the main of a program that has no other."""

load("@rules_python//python:py_binary.bzl", "py_binary")

# Letters beyond ASCII are the builder's to judge, which knows Python's rules.
_NOT_IN_IDENTIFIERS = " \t\n!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"

def _is_identifier(text):
    return text and not text[0].isdigit() and not any([
        character in _NOT_IN_IDENTIFIERS
        for character in text.elems()
    ])

def _is_reference(text):
    parts = text.split(":")
    return len(parts) == 2 and all([
        _is_identifier(name)
        for part in parts
        for name in part.split(".")
    ])

def _is_name(text):
    return text.strip(".") and all([character.isalnum() or character in "._-" for character in text.elems()])

def check_entry_points(label, entry_points):
    """Ends the analysis when a name or a reference is not one.

    Args:
      label: Label of the target.
      entry_points: dict: name to reference.
    """
    for name, reference in entry_points.items():
        if not _is_name(name):
            fail(("{}: entry_points: {}: not a name for a script: use letters, digits, \"-\", \"_\" and \".\"").format(label, repr(name)))
        if not _is_reference(reference):
            fail("{}: entry_points = {{{}: {}}}: not a reference to a function: write \"pkg.module:function\"".format(
                label,
                repr(name),
                repr(reference),
            ))

def _entry_points_main_impl(ctx):
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = ctx.outputs.out,
        substitutions = {"{entry_points}": json.encode(ctx.attr.entry_points)},
    )

_entry_points_main = rule(
    implementation = _entry_points_main_impl,
    attrs = {
        "entry_points": attr.string_dict(doc = "Name of a script to `module:function`.", mandatory = True),
        "out": attr.output(doc = "The Python file.", mandatory = True),
        "_template": attr.label(allow_single_file = True, default = ":entry_points_main.py.tpl"),
    },
    doc = "Writes the main of a program that is nothing but its scripts.",
)

def _has_main(name, attributes):
    if attributes.get("main"):
        return True
    sources = attributes.get("srcs")
    if type(sources) != "list":  # a select: who writes that knows what main is
        return bool(sources)
    wanted = name.split("/")[-1] + ".py"
    return any([str(source).replace(":", "/").split("/")[-1] == wanted for source in sources])

def py_binary_of_entry_points(name, entry_points, **kwargs):
    """A py_binary. One with `entry_points` need not have a main.

    Args:
      name: string: name of the target.
      entry_points: dict: name of a script to `module:function`; may be None.
      **kwargs: attributes of `py_binary`.
    """
    if entry_points and not _has_main(name, kwargs):
        main = name + "_entry_points.py"
        _entry_points_main(
            name = name + "_entry_points",
            out = main,
            entry_points = entry_points,
            tags = ["manual"],
            testonly = kwargs.get("testonly"),
            visibility = ["//visibility:private"],
        )
        kwargs = kwargs | {"main": main, "srcs": (kwargs.get("srcs") or []) + [main]}
    py_binary(
        name = name,
        **kwargs
    )
