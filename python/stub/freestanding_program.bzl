"""Builds C that stands alone, without a libc: the stub and what goes with it."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")

# Nothing here may call a libc, or be instrumented by the toolchain's defaults: it runs where neither exists yet.
_FLAGS = [
    "-std=gnu11",
    "-Os",
    "-Wall",
    "-Wextra",
    "-ffreestanding",
    "-fno-builtin",
    "-fvisibility=hidden",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fno-tree-loop-distribute-patterns",
    "-U_FORTIFY_SOURCE",
    "-g0",
]
_LINK_FLAGS = [
    "-nostdlib",
    "-s",
    "-Wl,-z,norelro,-z,noexecstack,-z,noseparate-code,--build-id=none,--hash-style=gnu",
]

# Shadow stacks and the like, which the start by hand does not set up. Other machines do not know the flag.
_MACHINE_FLAGS = {"k8": ["-fcf-protection=none"], "x86_64": ["-fcf-protection=none"]}

def _freestanding_program_impl(ctx):
    cc_toolchain = find_cc_toolchain(ctx, mandatory = not ctx.attr.optional)
    if not cc_toolchain:
        return [DefaultInfo()]
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = cc_toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features + ["coverage", "fdo_instrument", "thin_lto"],
    )
    flags = _FLAGS + _MACHINE_FLAGS.get(cc_toolchain.cpu, []) + (["-fpic"] if ctx.attr.soname else ["-fpie"])
    variables = cc_common.create_compile_variables(
        cc_toolchain = cc_toolchain,
        feature_configuration = features,
        user_compile_flags = flags,
    )

    # Compiled and linked by one command: the toolchain's link flags name the libraries that this must do without.
    args = ctx.actions.args()
    args.add_all(cc_common.get_memory_inefficient_command_line(
        action_name = "c-compile",
        feature_configuration = features,
        variables = variables,
    ))
    args.add_all(_LINK_FLAGS)
    args.add("-iquote", ctx.label.workspace_root or ".")
    args.add_all(["-shared", "-Wl,-soname," + ctx.attr.soname] if ctx.attr.soname else ["-static-pie"])
    output = ctx.actions.declare_file(ctx.attr.soname or ctx.label.name)
    args.add("-o", output)
    args.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = cc_common.get_tool_for_action(action_name = "c-compile", feature_configuration = features),
        arguments = [args],
        env = {"PATH": "/bin:/usr/bin:/usr/local/bin"} | cc_common.get_environment_variables(
            action_name = "c-compile",
            feature_configuration = features,
            variables = variables,
        ),
        inputs = depset(ctx.files.srcs + ctx.files.hdrs, transitive = [cc_toolchain.all_files]),
        mnemonic = "ParStub",
        outputs = [output],
        progress_message = "Building %{output}",
        toolchain = "@bazel_tools//tools/cpp:toolchain_type",
    )
    return [DefaultInfo(files = depset([output]))]

freestanding_program = rule(
    implementation = _freestanding_program_impl,
    attrs = {
        "hdrs": attr.label_list(allow_files = [".h"], doc = "Headers that the sources include."),
        "optional": attr.bool(doc = "Makes nothing, instead of an error, where no C++ toolchain is registered."),
        "soname": attr.string(doc = "Makes a shared object of this name; empty for a program."),
        "srcs": attr.label_list(allow_files = [".c"], doc = "The sources.", mandatory = True),
    },
    doc = "A static position-independent program, or a shared object, that needs no library.",
    fragments = ["cpp"],
    toolchains = use_cc_toolchain(mandatory = False),
)
