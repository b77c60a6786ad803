"""What is done once with a standard library, for all pars that carry it."""

load("//python/private:bytecode.bzl", "COMPILER_ATTRS", "compile_sources", "source_line")
load("//python/private:inspection.bzl", "INSPECTOR_ATTRS", "inspect_files")

# Of a rule that calls these functions.
STDLIB_ATTRS = COMPILER_ATTRS | INSPECTOR_ATTRS

def compile_stdlib(ctx, *, name, files, root, version, interpreter, inputs = depset()):
    """Has it compiled.

    Args:
      ctx: context of the rule.
      name: string: what the output is called after the target.
      files: depset of Files: a part of the standard library.
      root: string: `stdlib_root` of ParRuntimeInfo.
      version: string: `3.14`.
      interpreter: File, or string: the Python whose library it is.
      inputs: depset of Files: what the interpreter needs besides itself.

    Returns:
      depset of one File.
    """
    output = ctx.actions.declare_file(ctx.label.name + "." + name)

    # Where the builder places it (tools/builder/runtime.py).
    directory = "_python/lib/python{}/".format(version)
    compile_sources(
        ctx,
        files = files,
        inputs = inputs,
        interpreter = interpreter,
        kind = "deepfrozen",
        map_each = lambda file: source_line(directory + file.short_path.removeprefix(root + "/"), file),
        output = output,
    )
    return depset([output])

def inspect_runtime(ctx, files):
    """Has it looked at.

    Args:
      ctx: context of the rule.
      files: list of depsets of Files.

    Returns:
      depset of one File.
    """
    output = ctx.actions.declare_file(ctx.label.name + ".inspection")
    inspect_files(ctx, files = depset(transitive = files), output = output)
    return depset([output])
