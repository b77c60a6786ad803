"""The targets in the repository of one package of a lock."""

load("@rules_python//python:defs.bzl", "py_library")
load("//python:py_wheel_library.bzl", "py_wheel_library")
load(":lock.bzl", "target_name")

def _group(package, cycles):
    """The packages that `package` forms a dependency cycle with; itself alone if there is none."""
    for group in cycles.values():
        if package in group:
            return group
    return [package]

def _labels(needs, packages, left_out, hub_name):
    """Targets of the packages of `needs` that the lock has. Those it has not are for other platforms or Pythons."""
    labels = []
    for package, extras in needs.items():
        if package in packages and package not in left_out:
            repository = "@{}_{}//:".format(hub_name, target_name(package))
            labels.extend([repository + "pkg"] + [repository + "extra_" + extra for extra in extras])
    return labels

def wheel_targets(name, whl, dependencies, packages, cycles, hub_name):
    """Declares `pkg` (the library), `whl` (the wheel file) and `extra_NAME` (the library with an extra).

    Args:
      name: normalized name of the package.
      whl: the wheel file; None where the lock has no line for this Python and platform: the library is then empty.
      dependencies: extra ("" for none) to needed packages to their wanted extras.
      packages: names of all packages of the lock.
      cycles: dict of lists: groups of packages that need each other.
      hub_name: name of the hub.
    """
    native.filegroup(name = "whl", srcs = [whl] if whl else [])
    group = _group(name, cycles)
    if whl:
        # Without the packages of its own cycle: `pkg` adds them from outside.
        py_wheel_library(
            name = "wheel",
            whl = whl,
            deps = _labels(dependencies[""], packages, group, hub_name),
        )
    else:
        py_library(name = "wheel")
    py_library(
        name = "pkg",
        deps = [":wheel"] + [
            "@{}_{}//:wheel".format(hub_name, target_name(member))
            for member in group
            if member != name
        ],
    )
    for extra, needs in dependencies.items():
        if extra:
            py_library(
                name = "extra_" + extra,
                deps = [":pkg"] + _labels(needs, packages, [], hub_name),
            )
