"""Reading a requirements lock in a module extension or repository rule; lock_file.py does it."""

load(":helpers.bzl", "run_helper", "shown_name")

_LOCK_FILE = Label("//python/private/pip:lock_file.py")

# What pip.parse (extension) and pip_parse (WORKSPACE) have in common.
LOCK_ATTRS = {
    "build_environment": attr.string_dict(
        doc = "Environment variables for the builds of `sdists`, beside those that Bazel itself was started with.",
    ),
    "dependency_cycles": attr.string_list_dict(
        doc = """\
Packages that need each other, which Bazel cannot have as targets: a name of your choice to the packages of one cycle.
Each package of a group then brings the whole group. Bazel's `cycle in dependency graph` error lists the packages.
""",
    ),
    "requirements_lock": attr.label(
        allow_single_file = True,
        mandatory = True,
        doc = "The lock: `NAME==VERSION --hash=...` lines, as `pip-compile --generate-hashes` or `uv pip compile --generate-hashes` write them.",
    ),
    "sdists": attr.string_list(
        doc = """\
Packages that pip may build, from their sdist, on the machine that runs Bazel and with what is installed there. All
others must have a wheel. What such a build itself asks for (its build requirements) is not pinned by the lock.
""",
    ),
}

def normalized(name):
    """The one spelling of a distribution's name (PEP 503).

    Args:
      name: a name as somebody wrote it.
    Returns:
      A string.
    """
    return "-".join([part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part])

def target_name(package):
    """The name of a package's Bazel package in the hub, which is the one that rules_python gives it.

    Args:
      package: a normalized name.
    Returns:
      A string.
    """
    return package.replace("-", "_")

def read_lock(ctx, python, attrs):
    """Reads a lock; a bad line ends the build.

    Args:
      ctx: repository_ctx or module_ctx.
      python: path of an interpreter.
      attrs: what has LOCK_ATTRS.
    Returns:
      A dict: normalized name to the list of its lines, see lock_file.Requirement.
    """
    lock = ctx.path(attrs.requirements_lock)
    ctx.watch(lock)
    run = run_helper(ctx, python, [_LOCK_FILE], [lock, shown_name(attrs.requirements_lock)])
    if run.error:
        fail(run.error)
    packages = {}
    for requirement in run.value:
        packages.setdefault(requirement["name"], []).append(requirement)
    for attribute, names in [("sdists", attrs.sdists)] + attrs.dependency_cycles.items():
        for name in names:
            if normalized(name) not in packages:
                fail("%s: `%s` names %s, which is not in this lock: correct the name" % (shown_name(attrs.requirements_lock), attribute, name))
    return packages

def package_attrs(hub_name, attrs, requirements):
    """The attributes of the repository of one package.

    They have what concerns the package and nothing else, so that a change of the lock has only those packages fetched
    again whose lines changed.

    Args:
      hub_name: name of the hub.
      attrs: what has LOCK_ATTRS and INTERPRETER_ATTRS.
      requirements: the lines of the package.
    Returns:
      A dict for the repository rule `pip_package`.
    """
    name = requirements[0]["name"]
    sdist = name in [normalized(sdist) for sdist in attrs.sdists]
    return {
        "build_environment": attrs.build_environment if sdist else {},
        "hub_name": hub_name,
        "name": hub_name + "_" + target_name(name),
        "package": name,
        "python_interpreter": attrs.python_interpreter,
        "python_interpreter_target": str(attrs.python_interpreter_target) if attrs.python_interpreter_target else None,
        "requirements": json.encode([
            {field: value for field, value in requirement.items() if field != "line"}
            for requirement in requirements
        ]),
        "requirements_lock": str(attrs.requirements_lock),
        "sdist": sdist,
    }
