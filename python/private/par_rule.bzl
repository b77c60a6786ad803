"""The rules behind `par` and `par_test`: one implementation, which describes the par and has the builder write it."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("@rules_python//python:py_runtime_info.bzl", "PyRuntimeInfo")
load("//python:par_info.bzl", "ParInfo")
load(":audit.bzl", "audit_par", "check_manylinux")
load(":bytecode_aspect.bzl", "ParBytecodeInfo", "bytecode_aspect")
load(":entry_points.bzl", "check_entry_points")
load(":inspection_aspect.bzl", "ParInspectionInfo", "inspection_aspect")
load(":main_aspect.bzl", "MainInfo", "main_aspect")
load(":manifest.bzl", "add_runtime", "create_manifest")
load(":mode.bzl", "resolve_mode", "toolchain_version")
load(":native_aspect.bzl", "native_aspect")
load(":native_info.bzl", "ParNativeInfo")
load(":runfiles_paths.bzl", "runfiles_path")
load(":runtime_aspect.bzl", "BinaryRuntimeInfo", "runtime_aspect")

# Nothing of the user's environment. PATH is what Bazel itself calls fixed (--incompatible_strict_action_env): the builder
# and a toolchain's python3 may both be scripts that look for the interpreter there.
_ENVIRONMENT = {
    "PATH": "/bin:/usr/bin:/usr/local/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONSAFEPATH": "1",
}

def _check(ctx):
    binary = ctx.attr.binary
    if PyInfo not in binary or not binary[DefaultInfo].files_to_run.executable:
        fail("{}: binary = {}: not a Python program: give it a py_binary or a py_test".format(ctx.label, binary.label))
    if PyRuntimeInfo not in binary:
        fail("{}: binary = {}: has no Python runtime: register a Python toolchain".format(ctx.label, binary.label))
    if not binary[MainInfo].main:
        fail("{}: binary = {}: which of its files is the main module? Name it with `main` there".format(
            ctx.label,
            binary.label,
        ))
    check_entry_points(ctx.label, ctx.attr.entry_points)
    check_manylinux(ctx.label, ctx.attr.manylinux)
    if ctx.attr.interpreter.startswith("#!") or "\n" in ctx.attr.interpreter:
        fail("{}: interpreter = {}: one line, without #!, for example \"/usr/bin/env python3\"".format(
            ctx.label,
            repr(ctx.attr.interpreter),
        ))

def _add_host_python(ctx, args):
    """For system mode: the toolchain's interpreter compiles, and describes the one that will run the par."""
    py_runtime = ctx.attr.binary[PyRuntimeInfo]
    inputs = _add_toolchain_python(args, py_runtime, "--python=%s")

    # Without it the builder asks the interpreter for its version, and writes "/usr/bin/env python3.<minor>".
    interpreter = ctx.attr.interpreter or py_runtime.interpreter_path
    if interpreter:
        args.add(interpreter, format = "--interpreter=%s")
    return inputs

def _add_own_python(ctx, args, manifest, runtime, mode, version):
    """For the other modes: the par carries `runtime`."""
    args.add(mode, format = "--mode=%s")
    args.add(runtime.stub, format = "--stub=%s")
    args.add(runtime.audit, format = "--audit=%s")
    if mode == "embedded":
        args.add(runtime.linker_path, format = "--linker=%s")
    args.add(runtime.version, format = "--runtime_version=%s")
    inputs = [
        depset([runtime.stub, runtime.audit]),
        add_runtime(manifest.args, runtime, mode = mode, all_of_stdlib = ctx.attr.stdlib == "full"),
    ]

    # Whose version is not known here is compared by the builder: what lies in the par was chosen for the toolchain's.
    if runtime.interpreter_path:
        args.add(runtime.interpreter_path, format = "--python=%s")
        if not version:
            inputs.append(_add_toolchain_python(args, ctx.attr.binary[PyRuntimeInfo], "--toolchain_python=%s"))
    else:
        inputs.append(_add_toolchain_python(args, ctx.attr.binary[PyRuntimeInfo], "--python=%s"))
    return depset(transitive = inputs)

def _add_toolchain_python(args, py_runtime, format):
    if py_runtime.interpreter_path:
        args.add(py_runtime.interpreter_path, format = format)
        return depset()
    args.add(py_runtime.interpreter, format = format)
    return depset([py_runtime.interpreter], transitive = [py_runtime.files])

def _par_impl(ctx):
    _check(ctx)
    binary = ctx.attr.binary
    runtime = binary[BinaryRuntimeInfo].runtime
    version = toolchain_version(binary[PyRuntimeInfo])
    mode = resolve_mode(
        ctx.label,
        interpreter = ctx.attr.interpreter,
        mode = ctx.attr.mode,
        runtime = runtime,
        setting = ctx.attr._mode[BuildSettingInfo].value,
        version = version,
    )
    par = ctx.actions.declare_file(ctx.label.name)
    listing = ctx.actions.declare_file(ctx.label.name + ".json")

    manifest = create_manifest(
        ctx,
        binary = binary,
        native = binary[ParNativeInfo] if ParNativeInfo in binary else None,
        launcher = ctx.attr._launcher[DefaultInfo].files,
    )

    args = manifest.args
    args.add(par, format = "--output=%s")
    args.add(listing, format = "--listing=%s")
    args.add(runfiles_path(binary[MainInfo].main.short_path, ctx.workspace_name), format = "--main=%s")
    args.add(ctx.workspace_name, format = "--workspace=%s")
    if mode == "system":
        python_inputs = _add_host_python(ctx, args)
    else:
        python_inputs = _add_own_python(ctx, args, manifest, runtime, mode, version)
    args.add(ctx.file._patchelf, format = "--patchelf=%s")
    args.add_all(
        ["{}={}".format(name, reference) for name, reference in ctx.attr.entry_points.items()],
        format_each = "--entry_point=%s",
    )
    info = binary[ParBytecodeInfo]
    bytecode = [info.bytecode if mode == "system" else info.deepfrozen]
    if mode != "system":
        bytecode.append(runtime.bytecode)
        if ctx.attr.stdlib == "full":
            bytecode.append(runtime.extra_bytecode)
    bytecode = depset(transitive = bytecode)
    args.add_all(bytecode, format_each = "--bytecode=%s")
    inspections = [binary[ParInspectionInfo].files]
    if mode != "system":
        inspections.append(runtime.inspection)
    inspections = depset(transitive = inspections)
    args.add_all(inspections, format_each = "--inspection=%s")
    args.add_all(ctx.files._interposer, format_each = "--interposer=%s")
    args.add_all(ctx.attr.host_libraries, format_each = "--host_library=%s")

    ctx.actions.run(
        executable = ctx.attr._builder[DefaultInfo].files_to_run,
        arguments = [args],
        inputs = depset(ctx.files._interposer, transitive = [manifest.inputs, python_inputs, bytecode, inspections]),
        outputs = [par, listing],
        tools = [ctx.file._patchelf],
        mnemonic = "ParArchive",
        progress_message = "Building par %{label}",
        env = _ENVIRONMENT,
        # A worker of Bazel 7 is not found by its path where paths are mapped, so this action's are not.
        execution_requirements = {"requires-worker-protocol": "json", "supports-workers": "1"},
        toolchain = None,
    )

    output_groups = audit_par(
        ctx,
        par,
        tool = ctx.attr._inspector[DefaultInfo].files_to_run,
        manylinux = ctx.attr.manylinux,
        host_libraries = ctx.attr.host_libraries,
        env = _ENVIRONMENT,
    )

    providers = [
        DefaultInfo(
            executable = par,
            files = depset([par]),
            runfiles = ctx.runfiles(files = [par] + ctx.files.data),
        ),
        ParInfo(par = par, listing = listing),
        OutputGroupInfo(par_manifest = depset([listing]), **output_groups),
        coverage_common.instrumented_files_info(ctx, dependency_attributes = ["binary"]),
    ]
    if RunEnvironmentInfo in binary:
        providers.append(binary[RunEnvironmentInfo])
    return providers

_DOC = """\
Makes a par, one executable file, of a Python program.

The par has the name of the target. It holds everything below `binary`: sources, data, wheels, and every library in C or
C++, none of which it needs to unpack to run.

The build ends with an error when a shared object needs a library that is neither in the par nor one that every host has;
the message names the library, who needs it, and what to do.

Output groups:

* `par_manifest`: what is in the par and how each shared object's needs are met, as JSON.
* `par_audit`: what the par asks of the host, as JSON: the manylinux policy that it meets, the lowest glibc, the libraries that it
  takes from the host and who needs them. `bazel run @rules_par//tools/par -- audit FILE` says the same of any par.
"""

_ATTRS = {
    "binary": attr.label(
        aspects = [bytecode_aspect, inspection_aspect, main_aspect, native_aspect, runtime_aspect],
        doc = "The program: a py_binary or py_test. Its `args` do not come along; `env` does.",
        mandatory = True,
    ),
    "data": attr.label_list(
        allow_files = True,
        doc = "Files to lay out next to the par when Bazel runs it, because `args` name them with `$(location)`. The data of " +
              "`binary` is inside the par and need not be given here.",
    ),
    "entry_points": attr.string_dict(
        doc = "Further programs in the par: the name of a script to a function, `\"pkg.module:function\"` (Python Packaging's " +
              "entry points). Started under that name, by a link, a copy or a new name, also with `.par` behind it, or with " +
              "`PAR_SCRIPT=NAME` in the environment, the par runs `sys.exit(function())`. Console scripts of wheels need not " +
              "be here to be run with `PAR_SCRIPT`.",
    ),
    "host_libraries": attr.string_list(
        doc = "SONAMEs of shared libraries, for example `[\"libcuda.so.1\"]`, that need not be in the par because the host has " +
              "them. The glibc family, libgcc_s and libstdc++ need no mention. A par of full mode loads no other library of the " +
              "host by name; what those named need themselves is to be named too, but for glibc, which is the par's.",
    ),
    "interpreter": attr.string(
        doc = "The first line of the par, without `#!`, for example `\"/usr/bin/env python3\"`. By default the interpreter of " +
              "the Python toolchain where that is one of the machine's, else `/usr/bin/env python3.<minor>`. It must be of the " +
              "version that the toolchain has: the par refuses others. A par with an `interpreter` is one of system mode. One that " +
              "begins with the path of a Python starts in less time, as the line then has Python run the launcher itself; and in " +
              "less again with `-S`, or `-IS`, for example `\"/usr/bin/python3.14 -IS\"`: then Python does not look for packages " +
              "of the host (`python --help`), which a par needs as little as a virtual environment does.",
    ),
    "manylinux": attr.string(
        doc = "The manylinux policy (PEP 600) that the par must meet, for example `\"manylinux_2_28\"`: the build ends with an " +
              "error, which names who needs what, when something in the par needs a newer glibc or libstdc++, or a library that " +
              "the policy does not have and `host_libraries` does not name. A par of mode `full` meets each.",
    ),
    "mode": attr.string(
        doc = "What the par carries of Python: `system`: nothing, a Python of the host runs it; `embedded`: interpreter and " +
              "standard library, while glibc is the host's; `full`: glibc too. By default what " +
              "`--@rules_par//python/settings:mode` says, and that is by default the fullest that the registered Python " +
              "runtime gives: `full`, `embedded` when it has no libc, `system` when there is no runtime or only one of " +
              "another version of Python. `auto` is that, whatever the setting says.",
        values = ["", "auto", "embedded", "full", "system"],
    ),
    "stdlib": attr.string(
        default = "standard",
        doc = "How much of the standard library an embedded or full par has: `full` is all of it; `standard` leaves out " +
              "Python's own tests, ensurepip, idlelib, tkinter, turtle and turtledemo.",
        values = ["full", "standard"],
    ),
    "_builder": attr.label(
        cfg = "exec",
        default = "//tools/builder",
        executable = True,
    ),
    "_inspector": attr.label(
        cfg = "exec",
        default = "//tools/par",
        executable = True,
    ),
    "_interposer": attr.label(default = "//python/interposer:if_supported"),
    "_launcher": attr.label(default = "//python/launcher"),
    "_mode": attr.label(default = "//python/settings:mode"),
    "_patchelf": attr.label(
        allow_single_file = True,
        cfg = "exec",
        default = "@rules_par_tools//:patchelf_program",
    ),
}

par = rule(
    implementation = _par_impl,
    attrs = _ATTRS,
    doc = _DOC,
    executable = True,
    provides = [ParInfo],
)

par_file_test = rule(
    implementation = _par_impl,
    attrs = _ATTRS,
    doc = _DOC + "\nThe target is a test that runs the par; `binary` is usually a py_test.\n",
    provides = [ParInfo],
    test = True,
)
