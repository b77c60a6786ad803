"""The rule that describes a Python that pars can carry."""

load(":linker_paths.bzl", "LINKER_PATHS")
load(":par_runtime_info.bzl", "ParRuntimeInfo")
load(":standard_library.bzl", "is_standard")
load(":stdlib_actions.bzl", "STDLIB_ATTRS", "compile_stdlib", "inspect_runtime")

def _stdlib_root(ctx):
    # `short_path` of the package.
    package = ctx.label.package
    if ctx.label.repo_name:
        package = "../" + ctx.label.repo_name + ("/" if package else "") + package
    return "/".join([part for part in [package, ctx.attr.stdlib_root.strip("/")] if part and part != "."])

def _split(ctx, root):
    standard, extra = [], []
    for file in ctx.files.stdlib:
        name = file.short_path.removeprefix(root + "/")
        if file.short_path == root and file.is_directory:
            name = ""
        elif name == file.short_path:
            fail("{}: stdlib: {} does not lie below stdlib_root = {}".format(ctx.label, file.short_path, repr(ctx.attr.stdlib_root)))

        # What is in a tree is known when actions run.
        (standard if file.is_directory or is_standard(name) else extra).append(file)
    if not standard:
        fail("{}: stdlib: there is no file of a standard library in it".format(ctx.label))
    return depset(standard), depset(extra)

def _compile(ctx, name, files, root):
    if not ctx.attr.interpreter_path:
        return depset()
    return compile_stdlib(
        ctx,
        files = files,
        interpreter = ctx.attr.interpreter_path,
        name = name,
        root = root,
        version = ctx.attr.version,
    )

def _par_runtime_impl(ctx):
    parts = ctx.attr.version.split(".")
    if len(parts) != 2 or not all([part.isdigit() for part in parts]):
        fail("{}: version = {}: two numbers, for example \"3.14\"".format(ctx.label, repr(ctx.attr.version)))
    if bool(ctx.files.glibc) != bool(ctx.file.linker):
        fail("{}: glibc and linker: both, for full mode, or none".format(ctx.label))
    linker_path = ctx.attr.linker_path or LINKER_PATHS.get(ctx.attr.machine)
    if not linker_path:
        fail("{}: machine = {}: say where its hosts have ld.so with linker_path".format(ctx.label, repr(ctx.attr.machine)))
    root = _stdlib_root(ctx)
    stdlib, extra_stdlib = _split(ctx, root)
    glibc, libraries = depset(ctx.files.glibc), depset(ctx.files.libraries)
    info = ParRuntimeInfo(
        abi = ctx.attr.abi,
        audit = ctx.file.audit,
        bytecode = _compile(ctx, "bytecode", stdlib, root),
        extra_bytecode = _compile(ctx, "extra_bytecode", extra_stdlib, root),
        extra_libraries = depset(ctx.files.extra_libraries),
        extra_stdlib = extra_stdlib,
        glibc = glibc,
        glibc_floor = ctx.attr.glibc_floor,
        glibc_version = ctx.attr.glibc_version,
        inspection = inspect_runtime(ctx, [stdlib, libraries, glibc]),
        interpreter_path = ctx.attr.interpreter_path,
        libraries = libraries,
        linker = ctx.file.linker,
        linker_path = linker_path,
        machine = ctx.attr.machine,
        program = ctx.file.program,
        stdlib = stdlib,
        stdlib_root = root,
        stub = ctx.file.stub,
        version = ctx.attr.version,
    )
    return [info, platform_common.ToolchainInfo(par_runtime = info)]

par_runtime = rule(
    implementation = _par_runtime_impl,
    attrs = {
        "abi": attr.string(
            doc = "The tag of its extension modules, such as `cpython-314-x86_64-linux-gnu`.",
        ),
        "audit": attr.label(
            allow_single_file = True,
            default = "//python/stub:audit",
            doc = "The module that lets ld.so map libraries from the par itself, in full mode. It belongs to `stub`.",
        ),
        "extra_libraries": attr.label_list(
            allow_files = True,
            doc = "Shared libraries that only pars with `stdlib = \"full\"` need: those of Tk.",
        ),
        "glibc": attr.label_list(
            allow_files = True,
            doc = "For full mode: glibc's libraries, libgcc_s and libstdc++, each a file named by its SONAME.",
        ),
        "glibc_floor": attr.string(
            doc = "The version of glibc that a host of an embedded par needs at least.",
        ),
        "glibc_version": attr.string(
            doc = "The version of glibc in `glibc`.",
        ),
        "interpreter_path": attr.string(
            doc = "The same Python on the machines that run actions; it compiles what goes into a par. By default the " +
                  "interpreter of the Python toolchain does, which must then be of the same version.",
        ),
        "libraries": attr.label_list(
            allow_files = True,
            doc = "The shared libraries that the program and the extension modules of the standard library need, each a file " +
                  "named by its SONAME; not glibc's.",
        ),
        "linker": attr.label(
            allow_single_file = True,
            doc = "For full mode: ld.so, of the glibc in `glibc`.",
        ),
        "linker_path": attr.string(
            doc = "Where hosts have ld.so, for embedded mode; by default where the machine's ABI has it.",
        ),
        "machine": attr.string(
            mandatory = True,
            doc = "The machine, as uname(2) has it: `x86_64`, `aarch64`, ...",
        ),
        "program": attr.label(
            allow_single_file = True,
            mandatory = True,
            doc = "The interpreter. Where that is a small program linked with `libpython3.X.so.1.0`, the library, alone.",
        ),
        "stdlib": attr.label_list(
            allow_files = True,
            mandatory = True,
            doc = "All files of the standard library, extension modules (`lib-dynload`) included, or trees of them. A par gets " +
                  "those that its own `stdlib` says.",
        ),
        "stdlib_root": attr.string(
            default = "stdlib",
            doc = "The directory in this package that stands for `lib/python3.X`.",
        ),
        "stub": attr.label(
            allow_single_file = True,
            default = "//python/stub",
            doc = "The program at the head of a par. The default is built by the C++ toolchain.",
        ),
        "version": attr.string(
            mandatory = True,
            doc = "The version of Python, `3.14`.",
        ),
    } | STDLIB_ATTRS,
    doc = """\
A Python that pars can carry: interpreter, standard library, and, for full mode, libc.

`runtime.local` makes one of a Python of this machine. By hand, for one that somebody checked in:

```starlark
par_runtime(
    name = "runtime",
    glibc = glob(["glibc/*"]),
    libraries = glob(["library/*"]),
    linker = "ld-linux-x86-64.so.2",
    machine = "x86_64",
    program = "python3.14",
    stdlib = glob(["stdlib/**"]),
    version = "3.14",
)

toolchain(
    name = "toolchain",
    target_compatible_with = [
        "@platforms//cpu:x86_64",
        "@platforms//os:linux",
    ],
    toolchain = ":runtime",
    toolchain_type = "@rules_par//python/toolchain:type",
)
```
""",
    provides = [ParRuntimeInfo, platform_common.ToolchainInfo],
)
