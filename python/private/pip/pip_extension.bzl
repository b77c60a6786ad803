"""Module extension `pip`: the packages of a requirements lock as targets."""

load(":helpers.bzl", "INTERPRETER_ATTRS", "find_python", "shown_name")
load(":hub_repository.bzl", "pip_hub")
load(":lock.bzl", "LOCK_ATTRS", "package_attrs", "read_lock")
load(":package_repository.bzl", "pip_package")

def _pip_impl(mctx):
    owners = {}
    direct, direct_dev = [], []
    for module in mctx.modules:
        for tag in module.tags.parse:
            if tag.hub_name in owners:
                fail("pip.parse(hub_name = %s, requirements_lock = %s) of module %s: module %s has a hub of that name: choose another" % (
                    repr(tag.hub_name),
                    repr(shown_name(tag.requirements_lock)),
                    module.name or "(root)",
                    owners[tag.hub_name],
                ))
            owners[tag.hub_name] = module.name or "(root)"
            packages = read_lock(mctx, find_python(mctx, tag), tag)
            for requirements in packages.values():
                pip_package(**package_attrs(tag.hub_name, tag, requirements))
            pip_hub(
                name = tag.hub_name,
                dependency_cycles = tag.dependency_cycles,
                hub_name = tag.hub_name,
                packages = sorted(packages),
            )
            if module.is_root:
                (direct_dev if mctx.is_dev_dependency(tag) else direct).append(tag.hub_name)
    return mctx.extension_metadata(
        # The repositories are made from the lock and the tags alone; each is then fetched against its hashes.
        reproducible = True,
        root_module_direct_deps = direct,
        root_module_direct_dev_deps = direct_dev,
    )

pip = module_extension(
    implementation = _pip_impl,
    tag_classes = {
        "parse": tag_class(
            attrs = INTERPRETER_ATTRS | LOCK_ATTRS | {
                "hub_name": attr.string(
                    default = "pip",
                    doc = "Name of the repository that has a target for each package: `@pip//numpy`.",
                ),
            },
            doc = "One lock and one Python. For several Pythons use several hubs.",
        ),
    },
    doc = """\
The packages of a requirements lock, fetched by pip itself when something needs them.

```starlark
pip = use_extension("@rules_par//python:extensions.bzl", "pip")
pip.parse(
    hub_name = "pip",
    requirements_lock = "//:requirements.txt",
    sdists = ["mysqlclient"],
)
use_repo(pip, "pip")
```

gives `@pip//numpy`, and `requirement("numpy")` in `@pip//:requirements.bzl`. Where packages come from is pip's own
configuration (`pip.conf`, `PIP_*` variables). Each needs a hash in the lock and a wheel for the Python given, unless it
is listed in `sdists`.
""",
)
