"""Module extension `runtime`: Pythons for pars to carry."""

load(":local_runtime.bzl", "LOCAL_RUNTIME_ATTRS", "local_runtime")

def _runtime_impl(mctx):
    declared = {}
    direct, direct_dev = [], []
    for module in mctx.modules:
        for tag in module.tags.local:
            wanted = (tag.interpreter, tag.interpreter_target)
            if declared.setdefault(tag.name, wanted) != wanted:
                fail("runtime.local(name = %s) of module %s: another module has another interpreter of that name: choose another" % (
                    repr(tag.name),
                    module.name or "(root)",
                ))
            if module.is_root:
                (direct_dev if mctx.is_dev_dependency(tag) else direct).append(tag.name)
    for name, (interpreter, interpreter_target) in declared.items():
        local_runtime(
            name = name,
            interpreter = interpreter,
            interpreter_target = interpreter_target,
            runtime_name = name,
        )
    return mctx.extension_metadata(
        reproducible = True,
        root_module_direct_deps = direct,
        root_module_direct_dev_deps = direct_dev,
    )

runtime = module_extension(
    implementation = _runtime_impl,
    tag_classes = {
        "local": tag_class(
            attrs = LOCAL_RUNTIME_ATTRS | {
                "name": attr.string(
                    mandatory = True,
                    doc = "Name of the repository.",
                ),
            },
            doc = "A Python that is installed on the machine that runs Bazel, with its libc.",
        ),
    },
    doc = """\
Pythons that pars carry, for the modes `embedded` and `full`.

```starlark
runtime = use_extension("@rules_par//python:extensions.bzl", "runtime")
runtime.local(name = "python_runtime", interpreter = "python3")
use_repo(runtime, "python_runtime")

register_toolchains("@python_runtime//:toolchain")
```

With several, each par takes the first one registered that fits its platform and, as far as rules_python says it
(`python_version_major_minor`, since 0.37), its version of Python.

`register_toolchains("@rules_par//python/toolchain:rules_python")` needs no extension: the runtime is then the Python that
rules_python itself downloads, for the mode `embedded`.
""",
)
