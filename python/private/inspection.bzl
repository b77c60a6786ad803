"""Files, looked at once for all pars: an action writes down what the builder must know of them."""

# Of a rule or aspect that calls inspect_files.
INSPECTOR_ATTRS = {
    "_inspect_files": attr.label(
        cfg = "exec",
        default = "//tools/builder:inspect_files",
        executable = True,
    ),
}

def inspect_files(ctx, *, files, output):
    """Registers the action.

    Args:
      ctx: context of the rule or aspect, which has INSPECTOR_ATTRS.
      files: depset of Files; trees stand for the files in them.
      output: File: what the builder takes as `--inspection`.
    """
    names = ctx.actions.args()
    names.use_param_file("%s", use_always = True)
    names.set_param_file_format("multiline")
    names.add_all(files)
    options = ctx.actions.args()
    options.add(output)
    ctx.actions.run(
        executable = ctx.attr._inspect_files[DefaultInfo].files_to_run,
        arguments = [options, names],
        inputs = files,
        outputs = [output],
        mnemonic = "ParInspection",
        progress_message = "Inspecting files of %{label}",
        env = {"PATH": "/bin:/usr/bin:/usr/local/bin"},
        execution_requirements = {"supports-path-mapping": "1"},
        toolchain = None,
    )
