"""A test of the attributes that the macros give to their targets."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

def _attributes_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, json.decode(ctx.attr.expected), json.decode(ctx.attr.actual))
    return unittest.end(env)

_attributes_test = unittest.make(
    _attributes_test_impl,
    attrs = {
        "actual": attr.string(),
        "expected": attr.string(),
    },
)

def _plain(value):
    if type(value) not in ("list", "tuple"):
        return value

    # rules_python marks what comes from its macros with a tag of its own.
    return [str(element) for element in value if "__PYTHON_RULES" not in str(element)]

def attributes_test(name, target, expected):
    """Tests attributes of a target that the package has by now.

    Args:
      name: string: the name of the test.
      target: string: the name of the target.
      expected: dict: attribute -> value; only these are looked at. `kind` is the rule's name.
    """
    rule = native.existing_rule(target)
    if not rule:
        fail("there is no target " + target)
    _attributes_test(
        name = name,
        actual = json.encode({attribute: _plain(rule.get(attribute)) for attribute in expected}),
        expected = json.encode(expected),
    )
