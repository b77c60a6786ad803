"""The repository of one package of a lock, fetched when something needs the package."""

load(":helpers.bzl", "INTERPRETER_ATTRS", "find_python", "run_helper", "shown_name")

_BUILD = """\
load("@{hub}//:packages.bzl", "CYCLES", "PACKAGES")
load("{macro}", "wheel_targets")

package(default_visibility = ["//visibility:public"])

wheel_targets(
    name = "{package}",
    cycles = CYCLES,
    dependencies = {dependencies},
    hub_name = "{hub}",
    packages = PACKAGES,
    whl = {wheel},
)
"""

# Building an extension module of some size takes its time.
_TIMEOUT = 3600

def _located(rctx, python, error):
    """`FILE:LINE: NAME==VERSION: what: cure` for the `VERSION: what: cure` of the helper.

    The line is looked up here and is no attribute: a line that only moves does not have its package fetched again.
    """
    lock = Label(rctx.attr.requirements_lock)
    run = run_helper(rctx, python, [Label("//python/private/pip:lock_file.py")], [rctx.path(lock), shown_name(lock)])
    version = error.partition(":")[0]
    lines = [
        str(requirement["line"])
        for requirement in run.value or []
        if requirement["name"] == rctx.attr.package and requirement["version"] == version
    ]
    return "%s: %s==%s" % (":".join([shown_name(lock)] + lines[:1]), rctx.attr.package, error)

def _pip_package_impl(rctx):
    python = find_python(rctx, rctx.attr)
    rctx.report_progress("building its sdist with pip" if rctx.attr.sdist else "fetching its wheel with pip")
    rctx.file("request.json", json.encode({
        "directory": str(rctx.path("wheel")),
        "environment": rctx.attr.build_environment,
        "requirements": json.decode(rctx.attr.requirements),
        "sdist": rctx.attr.sdist,
    }), executable = False)
    run = run_helper(rctx, python, rctx.attr.helpers, [rctx.path("request.json")], timeout = _TIMEOUT)
    rctx.delete("request.json")
    if run.error:
        fail(_located(rctx, python, run.error))
    wheel = run.value["wheel"]
    rctx.file("BUILD.bazel", _BUILD.format(
        dependencies = run.value["dependencies"],
        hub = rctx.attr.hub_name,
        macro = Label("//python/private/pip:wheel_targets.bzl"),
        package = rctx.attr.package,
        wheel = repr("wheel/" + wheel) if wheel else None,
    ), executable = False)

pip_package = repository_rule(
    implementation = _pip_package_impl,
    attrs = INTERPRETER_ATTRS | {
        "build_environment": attr.string_dict(doc = "Environment variables for the build of the sdist."),
        "helpers": attr.label_list(
            default = [
                "//python/private/pip:fetch_package.py",
                "//python/private/pip:lock_file.py",
                "//python/private/pip:pip_command.py",
                "//python/private/pip:wheel_metadata.py",
            ],
            doc = "The scripts that do the work; the first is run.",
        ),
        "hub_name": attr.string(mandatory = True, doc = "The hub this package belongs to."),
        "package": attr.string(mandatory = True, doc = "Normalized name of the package."),
        "requirements": attr.string(mandatory = True, doc = "The lock's lines for the package, without line numbers, as JSON."),
        "requirements_lock": attr.string(
            mandatory = True,
            doc = "The lock, for messages. Not a label: a change elsewhere in the lock must not have this package fetched again.",
        ),
        "sdist": attr.bool(doc = "Whether pip builds the package's sdist."),
    },
    doc = "Has pip fetch or build the wheel of one package, and makes it a py_wheel_library.",
)
