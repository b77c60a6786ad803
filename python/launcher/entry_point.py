"""Which program of the par runs, when that is not simply its main (ARCHITECTURE.md, section 6)."""

import sys

from _rules_par import program, reentry
from _rules_par.errors import USAGE, Refusal


def choose(archive, importer, controls: "tuple | list", python: str, is_interpreter: bool) -> "callable | None":
    """Obeys the variables `controls`, and then the name of the start: returns what runs the program that they choose, if they
    choose one. `python` is the real interpreter; `is_interpreter`: that is settled, by the path of the start. Raises Refusal."""
    interpreter, module, directories, script = _texts(controls)
    for directory in directories.split(":"):
        if directory:
            import site

            site.addsitedir(directory)
    if is_interpreter:
        return None
    given = {"PAR_INTERPRETER": interpreter not in ("", "0"), "PAR_MODULE": module, "PAR_SCRIPT": script}
    chosen = [name for name, value in given.items() if value]
    if len(chosen) > 1:
        raise Refusal(USAGE, f"{' and '.join(chosen)} are set, and each chooses what to run: set one of them")
    if chosen == ["PAR_INTERPRETER"]:
        from _rules_par import interpreter as python_interpreter

        sys.argv[0] = reentry.marked(archive)
        return lambda: python_interpreter.run(python, archive, directories)
    if module:
        return _module(module)
    member = _script_to_run(archive, script) if script else _script_of_name(archive)
    return None if member is None else lambda: _run_script(archive, importer, member)


def _last_part(path: str) -> str:
    return path.rpartition("/")[2]


def _texts(controls: "tuple | list") -> "list[str]":
    return [(value or b"").decode("utf-8", "surrogateescape") for value in controls]


def _scripts(archive) -> "dict[str, str]":
    """Name -> member."""
    position = archive.root["scripts"]
    return archive.record(position) if position[1] else {}


def _script_to_run(archive, name: str) -> str:
    scripts = _scripts(archive)
    if name not in scripts:
        raise Refusal(USAGE, f"PAR_SCRIPT={name}: not a script of this par, which has {', '.join(sorted(scripts)) or 'none'}")
    return scripts[name]


def _script_of_name(archive) -> "str | None":
    """The script that the par was started under the name of. argv[0] comes before the path where it is known: the Python of a
    `#!` line is not told what it was."""
    argument_zero = getattr(sys, "orig_argv", [])[:1] if archive.embedded else []
    for started_as in (*argument_zero, sys.argv[0]):
        name = _last_part(started_as)
        for each in (name, name[: -len(".par")] if name.endswith(".par") else name):
            if each in archive.root["entry_points"]:
                return _scripts(archive)[each]
    return None


def _run_script(archive, importer, member: str) -> None:
    """As `python SCRIPT` does."""
    from _rules_par.importer import ParSourceLoader

    path = f"{archive.path}/{member}"
    if _last_part(sys.argv[0]) != _last_part(member):
        sys.argv[0] = path  # programs call themselves by the last part of it
    loader = ParSourceLoader(importer, "__main__", path, member, 0, 0)
    names = {"__file__": path, "__loader__": loader, "__cached__": None, "__spec__": None}
    if not reentry.is_wanted(sys.executable):
        # Workers of `spawn` will be plain Pythons, which take a file of this name for the par: __main__ is nothing to them, as
        # everything of a script is in a module.
        del names["__file__"]
    program.execute(program.compiled(loader.get_code, loader.name), names)


def _module(reference: str) -> "callable":
    """For PAR_MODULE: `pkg.mod`, or `pkg.mod:function`."""
    module, colon, function = reference.partition(":")
    names = [*module.split("."), *(function.split(".") if colon else [])]
    if not all(name.isidentifier() for name in names):
        raise Refusal(USAGE, f"PAR_MODULE={reference}: is neither a module (pkg.mod) nor a function of one (pkg.mod:func)")
    import importlib.util

    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise
        found = None
    except ValueError:  # a module without a spec, such as __main__
        found = None
    if found is None:
        raise Refusal(USAGE, f"PAR_MODULE={reference}: there is no module {module} in the par or its Python: correct the name")
    if colon:
        text = f"import sys\nfrom {module} import {function.partition('.')[0]}\nsys.exit({function}())\n"
        code = program.compiled(compile, text, f"<PAR_MODULE={reference}>", "exec")
        return lambda: program.execute(code, {})
    return lambda: _run_module(module)


def _run_module(module: str) -> None:
    """As `python -m MODULE` does."""
    import runpy

    program.new_main({})
    runpy._run_module_as_main(module)
