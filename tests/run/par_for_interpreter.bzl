"""An existing par, built for another interpreter of the machine."""

_TOOLCHAINS = "//command_line_option:extra_toolchains"

def _use_toolchains_impl(settings, attr):
    return {_TOOLCHAINS: attr.extra_toolchains + settings[_TOOLCHAINS]}

_use_toolchains = transition(
    implementation = _use_toolchains_impl,
    inputs = [_TOOLCHAINS],
    outputs = [_TOOLCHAINS],
)

def _par_with_toolchains_impl(ctx):
    (par,) = ctx.attr.par
    output = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        is_executable = True,
        output = output,
        target_file = par[DefaultInfo].files_to_run.executable,
    )
    return [DefaultInfo(executable = output, files = depset([output]))]

_par_with_toolchains = rule(
    implementation = _par_with_toolchains_impl,
    attrs = {
        "extra_toolchains": attr.string_list(
            doc = "Labels of toolchains, in the form of `str(Label(...))`.",
            mandatory = True,
        ),
        "par": attr.label(
            cfg = _use_toolchains,
            doc = "The par.",
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    doc = "Builds a par with other toolchains.",
    executable = True,
)

def par_with_toolchains(name, par, extra_toolchains, **kwargs):
    """Builds a par with toolchains that come before all others.

    Args:
      name: name of the target and of the file.
      par: label of the par.
      extra_toolchains: labels of toolchains.
      **kwargs: attributes that every rule has.
    """
    _par_with_toolchains(
        name = name,
        par = par,
        # The option takes text; in the form that does not depend on who reads it.
        extra_toolchains = [str(native.package_relative_label(each)) for each in extra_toolchains],
        **kwargs
    )

def par_for_interpreter(name, par, interpreter, **kwargs):
    """Builds a par with another Python toolchain.

    Args:
      name: name of the target and of the file.
      par: label of the par.
      interpreter: name of the interpreter in `@host_interpreters//:interpreters.bzl`.
      **kwargs: attributes that every rule has.
    """
    par_with_toolchains(
        name = name,
        par = par,
        extra_toolchains = ["@host_interpreters//:%s_toolchain" % interpreter],
        **kwargs
    )
