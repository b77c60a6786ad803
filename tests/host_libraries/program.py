"""Loads libraries as it is told, and says what came of it.

    program.par HOW NAME FUNCTION

HOW: `member`: the par's own library; `ctypes`, `cffi`, `dlopen`: a library by its name; `find`: its name by ctypes.util. Prints the
outcome, and after it which files of the host are mapped as code.
"""

import ctypes
import ctypes.util
import os
import sys

import cffi


def answer(how: str, name: str, function: str) -> object:
    if how == "member":
        name = os.path.join(os.path.dirname(__file__), name)
    if how == "find":
        return ctypes.util.find_library(name)
    if how == "dlopen":
        libc = ctypes.CDLL(None)
        libc.dlopen.restype = ctypes.c_void_p
        handle = libc.dlopen(name.encode(), os.RTLD_NOW)
        return getattr(ctypes.CDLL(name, handle=handle), function)() if handle else "no handle"
    if how == "cffi":
        ffi = cffi.FFI()
        ffi.cdef(f"int {function}(void);")
        return getattr(ffi.dlopen(name), function)()
    return getattr(ctypes.CDLL(name), function)()


def main() -> None:
    try:
        print(answer(*sys.argv[1:]))
    except OSError as error:
        print(error)
    own = os.stat("/proc/self/exe")
    with open("/proc/self/maps", encoding="utf-8") as maps:
        lines = [line.split(None, 5) for line in maps]
    code = {line[5].rstrip("\n") for line in lines if "x" in line[1] and len(line) > 5 and int(line[4]) != own.st_ino}
    print(*sorted(path for path in code if path.startswith("/") and not path.startswith("/memfd:")))


if __name__ == "__main__":
    main()
