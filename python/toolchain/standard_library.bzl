"""What of a standard library goes into a par that did not ask for all of it."""

# Programs for developers, Python's own tests, and what needs Tk, which few hosts of a par have a screen for.
_LEFT_OUT_DIRECTORIES = ["ensurepip", "idlelib", "tkinter", "turtledemo"]
_LEFT_OUT_FILES = ["turtle.py"]
_LEFT_OUT_MODULES = ["_ctypes_test", "_test", "_tkinter", "_xxtestfuzz", "xxlimited", "xxsubtype"]
_TESTS = ["test", "tests"]

def is_standard(name):
    """Whether a file of the standard library is in every par that carries Python, or only with `stdlib = "full"`.

    Args:
      name: string: its path below `lib/python3.X`.

    Returns:
      A bool.
    """
    parts = name.split("/")
    if name in _LEFT_OUT_FILES or parts[0] in _LEFT_OUT_DIRECTORIES or parts[0].startswith("config-"):
        return False
    if parts[0] == "lib-dynload":
        return not any([parts[-1].startswith(module) for module in _LEFT_OUT_MODULES])
    return not any([part in _TESTS for part in parts[:-1]])
