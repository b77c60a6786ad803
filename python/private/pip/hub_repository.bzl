"""The hub repository: what a lock has, by name."""

load(":helpers.bzl", "INTERPRETER_ATTRS", "find_python")
load(":lock.bzl", "LOCK_ATTRS", "normalized", "package_attrs", "read_lock", "target_name")

_PACKAGES = """\
\"\"\"What the lock has, for the repositories of its packages.\"\"\"

PACKAGES = {packages}

CYCLES = {cycles}
"""

_REQUIREMENTS = """\
\"\"\"Labels of the packages of a lock.\"\"\"

load("@{hub}//:packages.bzl", "PACKAGES")
load("{lock_bzl}", "normalized", "target_name"){more_loads}

all_requirements = [str(Label("//" + target_name(package))) for package in PACKAGES]

def requirement(name):
    \"\"\"The label of a package.

    Args:
      name: its name in any spelling.
    Returns:
      A label string.
    \"\"\"
    package = normalized(name)
    if package not in PACKAGES:
        fail("@{hub} has no package %s: add it to the requirements and lock again" % name)
    return str(Label("//" + target_name(package)))
"""

_LOAD_PIP_PACKAGE = """
load("{package_repository}", "pip_package")"""

_INSTALL_DEPS = """
_REPOSITORIES = {repositories}

def install_deps():
    \"\"\"Declares the repositories of all packages; call it in WORKSPACE.\"\"\"
    for attributes in _REPOSITORIES:
        pip_package(**attributes)
"""

_ALIASES = """\
package(default_visibility = ["//visibility:public"])

alias(
    name = "{name}",
    actual = "@{repository}//:pkg",
)

alias(
    name = "pkg",
    actual = "@{repository}//:pkg",
)

alias(
    name = "whl",
    actual = "@{repository}//:whl",
)
"""

def _write_hub(rctx, hub_name, packages, cycles, repositories):
    rctx.file("BUILD.bazel", "exports_files([\"packages.bzl\", \"requirements.bzl\"])\n", executable = False)
    rctx.file("packages.bzl", _PACKAGES.format(
        cycles = {group: [normalized(name) for name in names] for group, names in cycles.items()},
        packages = packages,
    ), executable = False)
    more_loads, install_deps = "", ""
    if repositories != None:
        more_loads = _LOAD_PIP_PACKAGE.format(package_repository = Label("//python/private/pip:package_repository.bzl"))
        install_deps = _INSTALL_DEPS.format(repositories = repr(repositories))
    requirements = _REQUIREMENTS.format(
        hub = hub_name,
        lock_bzl = Label("//python/private/pip:lock.bzl"),
        more_loads = more_loads,
    ) + install_deps
    rctx.file("requirements.bzl", requirements, executable = False)
    for package in packages:
        # Both spellings that people use as a label: rules_python's, and the normal one of the index.
        for name in [package] + ([target_name(package)] if "-" in package else []):
            rctx.file(name + "/BUILD.bazel", _ALIASES.format(
                name = name,
                repository = hub_name + "_" + target_name(package),
            ), executable = False)

def _pip_hub_impl(rctx):
    _write_hub(rctx, rctx.attr.hub_name, rctx.attr.packages, rctx.attr.dependency_cycles, None)

pip_hub = repository_rule(
    implementation = _pip_hub_impl,
    attrs = {
        "dependency_cycles": attr.string_list_dict(doc = "As in pip.parse."),
        "hub_name": attr.string(mandatory = True, doc = "Name of the hub as users write it."),
        "packages": attr.string_list(mandatory = True, doc = "Normalized names of the packages of the lock."),
    },
    doc = "Makes `@HUB//PACKAGE` targets. Made by the `pip` extension.",
)

def _pip_parse_impl(rctx):
    hub_name = rctx.attr.name
    packages = read_lock(rctx, find_python(rctx, rctx.attr), rctx.attr)
    repositories = [package_attrs(hub_name, rctx.attr, requirements) for requirements in packages.values()]
    _write_hub(rctx, hub_name, sorted(packages), rctx.attr.dependency_cycles, repositories)

pip_parse = repository_rule(
    implementation = _pip_parse_impl,
    attrs = INTERPRETER_ATTRS | LOCK_ATTRS,
    doc = """\
WORKSPACE twin of the tag `pip.parse`: makes the hub repository.

```starlark
pip_parse(name = "pip", requirements_lock = "//:requirements.txt")

load("@pip//:requirements.bzl", "install_deps")

install_deps()
```
""",
)
