"""Module extension `host`: libraries of the build machine."""

load(":host_library.bzl", "HOST_LIBRARY_ATTRS", "host_library")

def _host_impl(mctx):
    declared = {}
    direct, direct_dev = [], []
    for module in mctx.modules:
        for tag in module.tags.library:
            wanted = (tag.sonames, tag.search_directories)
            if declared.setdefault(tag.name, wanted) != wanted:
                fail("host.library(name = %s) of module %s: another module has other libraries of that name: choose another name" % (
                    repr(tag.name),
                    module.name or "(root)",
                ))
            if module.is_root:
                (direct_dev if mctx.is_dev_dependency(tag) else direct).append(tag.name)
    for name, (sonames, search_directories) in declared.items():
        host_library(
            name = name,
            library_name = name,
            search_directories = search_directories,
            sonames = sonames,
        )
    return mctx.extension_metadata(
        reproducible = True,
        root_module_direct_deps = direct,
        root_module_direct_dev_deps = direct_dev,
    )

host = module_extension(
    implementation = _host_impl,
    tag_classes = {
        "library": tag_class(
            attrs = HOST_LIBRARY_ATTRS | {
                "name": attr.string(
                    mandatory = True,
                    doc = "Name of the repository and of its target.",
                ),
            },
            doc = "Some libraries and all that they need, as one cc_library.",
        ),
    },
    doc = """\
Libraries that the machine that runs Bazel has from its distribution's packages.

```starlark
host = use_extension("@rules_par//python:extensions.bzl", "host")
host.library(name = "mariadb", sonames = ["libmariadb.so.3"])
use_repo(host, "mariadb")
```

gives `@mariadb`, for `deps` of a cc_library, py_library or par_binary.
""",
)
