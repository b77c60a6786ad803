"""Python sources, compiled once for all pars: an action makes one file of all sources it is given."""

load(":runfiles_paths.bzl", "runfiles_path")

# The order of a set of constants in byte code depends on the seed.
_ENVIRONMENT = {"PATH": "/bin:/usr/bin:/usr/local/bin", "PYTHONHASHSEED": "0"}

# Of a rule or aspect that calls compile_sources.
COMPILER_ATTRS = {
    "_deepfreeze": attr.label(allow_single_file = True, default = "//tools/builder:deepfreeze.py"),
    "_worker": attr.label(allow_single_file = True, default = "//tools/builder:python_worker.py"),
}

def compile_sources(ctx, *, files, output, interpreter, inputs, kind, map_each):
    """Registers the action.

    Args:
      ctx: context of the rule or aspect, which has COMPILER_ATTRS.
      files: depset of Files: those of them that are Python sources are compiled; trees stand for the files in them.
      output: File: what the builder takes as `--bytecode`.
      interpreter: File, or string: the Python that compiles, and that the byte code is for.
      inputs: depset of Files: what the interpreter needs besides itself.
      kind: string: `bytecode`: for a par that the host's Python runs; `deepfrozen`: for one that has its own.
      map_each: function of a File: the line `source_line` makes, or None.
    """
    manifest = ctx.actions.args()
    manifest.use_param_file("%s", use_always = True)
    manifest.set_param_file_format("multiline")
    manifest.add_all(files, map_each = map_each, allow_closure = True)
    options = ctx.actions.args()
    options.add_all(["-s", "-S", "-B", "-X", "utf8", "-W", "ignore"])
    options.add(ctx.file._worker)
    options.add("shard")
    options.add(kind)
    options.add(output)
    ctx.actions.run(
        executable = interpreter,
        arguments = [options, manifest],
        inputs = depset([ctx.file._worker, ctx.file._deepfreeze], transitive = [files, inputs]),
        outputs = [output],
        mnemonic = "ParBytecode",
        progress_message = "Compiling Python of %{label}",
        env = _ENVIRONMENT,
        execution_requirements = {"supports-path-mapping": "1"},
        toolchain = None,
    )

def source_line(path, file):
    """Gives the line for a source.

    Args:
      path: string: its place in the par.
      file: File.

    Returns:
      string, or None for a file that is not a Python source.
    """
    return json.encode([path, file.path]) if file.extension == "py" else None

def runfile_line(workspace):
    """Gives `map_each` for files that lie in a par where they lie in runfiles.

    Args:
      workspace: `ctx.workspace_name`.

    Returns:
      function of a File.
    """
    return lambda file: source_line(runfiles_path(file.short_path, workspace), file)
