"""`par_for_interpreter`: an existing par, built for another interpreter of the machine."""

_TOOLCHAINS = "//command_line_option:extra_toolchains"

def _use_toolchain_impl(settings, attr):
    return {_TOOLCHAINS: [attr.toolchain] + settings[_TOOLCHAINS]}

_use_toolchain = transition(
    implementation = _use_toolchain_impl,
    inputs = [_TOOLCHAINS],
    outputs = [_TOOLCHAINS],
)

def _par_for_interpreter_impl(ctx):
    (par,) = ctx.attr.par
    output = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        is_executable = True,
        output = output,
        target_file = par[DefaultInfo].files_to_run.executable,
    )
    return [DefaultInfo(executable = output, files = depset([output]))]

_par_for_interpreter = rule(
    implementation = _par_for_interpreter_impl,
    attrs = {
        "par": attr.label(
            cfg = _use_toolchain,
            doc = "The par.",
            mandatory = True,
        ),
        "toolchain": attr.string(
            doc = "Label of the Python toolchain, in the form of `str(Label(...))`.",
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    doc = "Builds a par with another Python toolchain.",
    executable = True,
)

def par_for_interpreter(name, par, interpreter, **kwargs):
    """Builds a par with another Python toolchain.

    Args:
      name: name of the target and of the file.
      par: label of the par.
      interpreter: name of the interpreter in `@host_interpreters//:interpreters.bzl`.
      **kwargs: attributes that every rule has.
    """
    _par_for_interpreter(
        name = name,
        par = par,
        # The option takes text; in the form that does not depend on who reads it.
        toolchain = str(Label("@host_interpreters//:%s_toolchain" % interpreter)),
        **kwargs
    )
