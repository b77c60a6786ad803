"""Which attributes of a py_binary or py_test are also right for the par that is made of it."""

# What every rule has. `visibility` and `testonly` are among them: a package's defaults apply to both targets if not given.
_COMMON = [
    "applicable_licenses",
    "aspect_hints",
    "compatible_with",
    "deprecation",
    "exec_compatible_with",
    "exec_group_compatible_with",
    "exec_properties",
    "features",
    "package_metadata",
    "restricted_to",
    "tags",
    "target_compatible_with",
    "testonly",
    "toolchains",
    "visibility",
]

# How a program is run. Its `env` and `env_inherit` reach the par through a provider.
_EXECUTABLE = ["args"]

_TEST = [
    "flaky",
    "local",
    "shard_count",
    "size",
    "timeout",
]

def par_attributes(attributes, *, test = False):
    """Picks the attributes that a par has in common with its py_binary or py_test.

    Args:
      attributes: dict: the keyword arguments for the py_binary or py_test.
      test: bool: whether it is a py_test.

    Returns:
      A dict of keyword arguments for the par.
    """
    picked = {
        name: attributes[name]
        for name in _COMMON + _EXECUTABLE + (_TEST if test else [])
        if name in attributes
    }

    # $(location) is a path next to the program, and may only name a target that the rule depends on.
    if "$(" in str(attributes.get("args", "")) and "data" in attributes:
        picked["data"] = attributes["data"]
    return picked
