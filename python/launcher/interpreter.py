"""The par as a Python interpreter: does what `python ARGUMENTS` does, with the modules of the par on sys.path."""

import posix
import sys

from _rules_par import program

# Options of python that take no value, and those that take one, joined or not (python --help).
_FLAGS = frozenset("bBdEhiIOPqsSuvVx?R")
_WITH_VALUE = frozenset("WX")


def run(python: str, archive, directories: str = "") -> None:
    """Takes ARGUMENTS from sys.argv. `python` is the real interpreter, which is started once more when there are options
    for its own start; `directories`: the value of PAR_PATH, which holds for that start too."""
    options, arguments = _split(sys.argv[1:])
    if options:
        if directories:
            posix.putenv("PAR_PATH", directories)
        # Of the `#!` line.
        kept = [option for option, is_set in (("-I", sys.flags.isolated), ("-S", sys.flags.no_site)) if is_set and not archive.embedded]
        posix.execv(python, [python, *kept, *options, sys.argv[0], *arguments])
    if b"PYTHONPATH" in posix.environ and not sys.flags.ignore_environment:
        _obey_python_path(archive)
    if not (archive.embedded and sys.flags.inspect):  # the real interpreter knows -i itself
        _run(archive, arguments)
        return
    try:
        _run(archive, arguments)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    _prompt(sys.modules["__main__"].__dict__)


def _run(archive, arguments: list) -> None:
    if not arguments:
        _run_standard_input()
    elif arguments[0].startswith("-c"):
        code, arguments = _value(arguments)
        sys.argv[:] = ["-c", *arguments]
        _prepend_path("")
        if sys.version_info >= (3, 14) and code[:1].isspace():
            import textwrap

            code = textwrap.dedent(code)
        program.execute(program.compiled(compile, code, "<string>", "exec"), {})
    elif arguments[0].startswith("-m"):
        import os
        import runpy

        module, arguments = _value(arguments)
        sys.argv[:] = ["-m", *arguments]
        _prepend_path(os.getcwd())
        program.new_main({})
        runpy._run_module_as_main(module)
    elif arguments[0] == "-":
        sys.argv[:] = arguments
        _run_standard_input()
    else:
        if archive.relative(arguments[0]) == "":  # a program that starts itself again: [sys.executable, *sys.argv]
            posix.execv(archive.path, arguments)
        _run_path(arguments)


def _obey_python_path(archive) -> None:
    """PYTHONPATH comes before the modules of the par, as elsewhere before site-packages; and there may be a sitecustomize, for
    which the Python of a par has not looked."""
    import os

    directories = [os.path.abspath(each) for each in os.environ["PYTHONPATH"].split(os.pathsep) if each]
    sys.path[:] = directories + [each for each in sys.path if each not in directories]
    if archive.embedded:
        import site

        site.execsitecustomize()


def _prepend_path(directory: str) -> None:
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path.insert(0, directory)


def _split(arguments: list) -> "tuple[list, list]":
    """Options for the start of the interpreter, and what follows them: -c, -m, a path, and their arguments."""
    at = 0
    while at < len(arguments):
        option = arguments[at]
        if option in ("-", "--") or not option.startswith("-"):
            break
        if option.startswith("--"):
            at += 2 if option == "--check-hash-based-pycs" else 1
            continue
        letters = option[1:]
        while letters and letters[0] in _FLAGS:
            letters = letters[1:]
        if letters[:1] in ("c", "m"):
            # "-Ic code" is "-I -c code"
            flags = option[1 : len(option) - len(letters)]
            return [*arguments[:at], *([f"-{flags}"] if flags else [])], [f"-{letters}", *arguments[at + 1 :]]
        if letters and letters[0] not in _WITH_VALUE:
            return arguments, []  # not one that we know: the interpreter has the error message
        at += 2 if letters and not letters[1:] else 1
    return arguments[:at], arguments[at:]


def _value(arguments: list) -> "tuple[str, list]":
    """The value of -c or -m, joined to it or in the next argument; and what is left."""
    if len(arguments[0]) > 2:
        return arguments[0][2:], arguments[1:]
    if len(arguments) < 2:
        sys.stderr.write(f"Argument expected for the {arguments[0]} option\n")
        sys.exit(2)
    return arguments[1], arguments[2:]


def _run_standard_input() -> None:
    _prepend_path("")
    if sys.stdin is not None and sys.stdin.isatty():
        _prompt(program.new_main({}).__dict__)
    elif sys.stdin is not None:
        program.execute(program.compiled(compile, sys.stdin.read(), "<stdin>", "exec"), {})


def _prompt(names: dict) -> None:
    import code

    code.interact(local=names, exitmsg="")


def _run_path(arguments: list) -> None:
    import importlib.util
    import io
    import marshal
    import os
    import pkgutil
    import runpy

    path = arguments[0]
    sys.argv[:] = arguments
    if os.path.isdir(path) or pkgutil.get_importer(path) is not None:
        sys.path.insert(0, path)
        program.new_main({})
        runpy._run_module_as_main("__main__", alter_argv=False)
        return
    _prepend_path(os.path.dirname(os.path.abspath(path)))
    try:
        with io.open_code(path) as file:
            content = file.read()
    except OSError as error:
        sys.stderr.write(f"{sys.executable}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}\n")
        sys.exit(2)
    if content.startswith(importlib.util.MAGIC_NUMBER):
        code = marshal.loads(content[16:])  # a .pyc file (PEP 552)
    else:
        code = program.compiled(compile, content, path, "exec")
    program.execute(code, {"__file__": path, "__cached__": None})
