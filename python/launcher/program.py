"""Runs code as module `__main__`."""

import builtins
import sys

_started_by = None


def new_main(names: dict):
    """A new module `__main__` with these names. The one that started us stays alive here: its code is on the stack."""
    global _started_by
    _started_by = sys.modules["__main__"]
    module = type(sys)("__main__")
    module.__dict__.update({"__builtins__": builtins, **names})
    sys.modules["__main__"] = module
    return module


def execute(code, names: dict) -> None:
    """Runs code in a new `__main__`."""
    module = new_main(names)
    try:
        exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        _show_without_launcher(error, error.__traceback__.tb_next)
        raise


def compiled(compiler, *arguments):
    """The code that compiler(*arguments) returns, for execute."""
    try:
        return compiler(*arguments)
    except SyntaxError as error:
        _show_without_launcher(error, None)
        raise


def _show_without_launcher(error: BaseException, traceback) -> None:
    """The interpreter, which is about to end because of the error, shall give sys.excepthook its traceback without the
    frames of the launcher and of what started it."""
    shown_by = sys.excepthook

    def hook(kind, value, trace):
        sys.excepthook = shown_by
        if value is error:
            sys.last_traceback = trace = traceback
            value.__traceback__ = traceback
        shown_by(kind, value, trace)

    sys.excepthook = hook
