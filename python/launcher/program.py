"""Runs code as module `__main__`."""

import sys

_started_by = None


def new_main(names: dict):
    """A new module `__main__` with these names. The one that started us stays alive here: its code is on the stack."""
    global _started_by
    _started_by = sys.modules["__main__"]
    module = type(sys)("__main__")
    module.__dict__.update({"__builtins__": __builtins__, **names})
    sys.modules["__main__"] = module
    return module


def execute(code, names: dict) -> None:
    """Runs code in a new `__main__`. An exception goes to sys.excepthook, as in the interpreter, but without the frames
    of the launcher and of what started it; the exit status is then 1."""
    module = new_main(names)
    try:
        exec(code, module.__dict__)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        traceback = error.__traceback__.tb_next
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        raise SystemExit(1) from None
