"""What subpar's own attributes mean here."""

def _note(name, text):
    # buildifier: disable=print
    print("//{}:{}: {}".format(native.package_name(), name, text))

def _interpreter_from(name, compiler_args):
    interpreter = None
    value_next = False
    for argument in compiler_args:
        if value_next:
            interpreter = argument
            value_next = False
        elif argument == "--interpreter":
            value_next = True
        elif argument.startswith("--interpreter="):
            interpreter = argument[len("--interpreter="):]
        else:
            _note(name, "compiler_args = [{}] is ignored: of subpar's, only --interpreter has a meaning here".format(repr(argument)))
    if value_next:
        fail("//{}:{}: compiler_args: --interpreter without a value".format(native.package_name(), name))
    return interpreter

def subpar_interpreter(name, *, interpreter, compiler, compiler_args, zip_safe, default_python_version):
    """Interprets the attributes of subpar's `par_binary`, and says what becomes of each that is given.

    Args:
      name: string: the name of the target, for messages.
      interpreter: string or None: our own attribute, which takes precedence.
      compiler: label or None: subpar's.
      compiler_args: list of strings: subpar's.
      zip_safe: bool: subpar's.
      default_python_version: string or None: subpar's.

    Returns:
      string or None: the interpreter for the `#!` line.
    """
    if compiler:
        _note(name, "compiler is ignored: pars are built by rules_par's own builder")
    if not zip_safe:
        _note(name, "zip_safe = False is not needed: nothing in a par is unpacked, and its files can be opened by path")
    if default_python_version:
        _note(name, "default_python_version is ignored: the Python toolchain has the version")

    given = _interpreter_from(name, compiler_args)
    if given and not interpreter:
        _note(name, "compiler_args = [\"--interpreter\", ...] still works; the attribute is now interpreter = {}".format(repr(given)))
    return interpreter or given
