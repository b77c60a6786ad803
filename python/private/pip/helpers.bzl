"""What the repository rules and module extensions have in common: finding a Python and running a helper script in it."""

INTERPRETER_ATTRS = {
    "python_interpreter": attr.string(
        default = "python3",
        doc = "The Python that runs pip, and for whose version and platform packages are fetched: a name looked up on PATH, or an absolute path.",
    ),
    "python_interpreter_target": attr.label(
        allow_single_file = True,
        doc = "An interpreter in a repository, in place of `python_interpreter`.",
    ),
}

def find_python(ctx, attrs):
    """Finds the interpreter that INTERPRETER_ATTRS name.

    Args:
      ctx: repository_ctx or module_ctx.
      attrs: what has the attributes of INTERPRETER_ATTRS: `rctx.attr` or a tag.
    Returns:
      A path; a missing interpreter ends the build.
    """
    if attrs.python_interpreter_target:
        return ctx.path(attrs.python_interpreter_target)
    name = attrs.python_interpreter
    found = ctx.path(name) if name.startswith("/") else ctx.which(name)
    if not found or not found.exists:
        fail("rules_par: no Python interpreter %s %s: install it, or name another with `python_interpreter`" % (
            repr(name),
            "there" if name.startswith("/") else "on PATH",
        ))
    return found

def run_helper(ctx, python, scripts, arguments, timeout = 600, python_path = ""):
    """Runs one of our Python scripts.

    Args:
      ctx: repository_ctx or module_ctx.
      python: path of the interpreter.
      scripts: labels of the script and of the siblings that it imports.
      arguments: its arguments.
      timeout: seconds after which it is ended.
      python_path: an import root, for a script that needs more than the standard library.
    Returns:
      struct(value, error): the JSON it printed and None, or None and its message.
    """
    paths = [ctx.path(script) for script in scripts]
    for path in paths:
        ctx.watch(path)

    # -B: the script may lie in a source tree, which must not get a __pycache__. -s: nothing from the user's own packages.
    result = ctx.execute(
        [python, "-B", "-s", paths[0]] + arguments,
        timeout = timeout,
        environment = {"PYTHONPATH": str(python_path)},
    )
    if result.return_code:
        error = result.stderr.strip() or result.stdout.strip() or "%s: status %d" % (scripts[0].name, result.return_code)
        return struct(value = None, error = error)
    return struct(value = json.decode(result.stdout), error = None)

def shown_name(label):
    """The name of a source file for a message: its path in its repository.

    Args:
      label: a Label.
    Returns:
      A string.
    """
    return "/".join([part for part in [label.package, label.name] if part])
