"""`runtime_files`: the Python that a full par carries, for a test that runs the builder itself."""

load("//python/toolchain:standard_library.bzl", "is_standard")

_TOOLCHAIN_TYPE = Label("//python/toolchain:type")

def _runtime_files_impl(ctx):
    runtime = ctx.toolchains[_TOOLCHAIN_TYPE].par_runtime
    stdlib = {file.short_path.removeprefix(runtime.stdlib_root + "/"): file for file in runtime.stdlib.to_list()}
    roles = {
        "glibc": {file.basename: file for file in runtime.glibc.to_list()},
        "library": {file.basename: file for file in runtime.libraries.to_list()},
        "linker": {runtime.linker.basename: runtime.linker},
        "program": {runtime.program.basename: runtime.program},
        "stdlib": {name: file for name, file in stdlib.items() if is_standard(name)},
    }
    description = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(description, json.encode({
        "audit": runtime.audit.short_path,
        "files": {role: {name: file.short_path for name, file in files.items()} for role, files in roles.items()},
        "interpreter": runtime.interpreter_path,
        "stub": runtime.stub.short_path,
    }))
    files = [file for files in roles.values() for file in files.values()]
    return [DefaultInfo(
        files = depset([description]),
        runfiles = ctx.runfiles([description, runtime.audit, runtime.stub] + files),
    )]

runtime_files = rule(
    implementation = _runtime_files_impl,
    doc = "A JSON file about the registered runtime, its paths relative to the runfiles of the main repository.",
    toolchains = [_TOOLCHAIN_TYPE],
)
