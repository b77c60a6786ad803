"""Loads libraries of its par in every way there is, by path and by name, with ctypes and with cffi."""

import ctypes
import ctypes.util
import os
from collections.abc import Callable
from pathlib import Path

import cffi

EXAMPLE = Path(__file__).parents[2] / "examples/cc_ctypes"
ALPHABET = str(EXAMPLE / "alphabet/libalphabet.so")
_DIGITS = range(10)


def show(how: str, lookups: int, character: Callable[[int], bytes]) -> None:
    """All ways lead to one library: each finds that the way before has looked up ten characters more."""
    print(f"{how}: {lookups} {b''.join(character(value) for value in _DIGITS).decode()}")


def by_ctypes(how: str, library: ctypes.CDLL) -> None:
    library.alphabet_lookups.restype = ctypes.c_ulong
    library.alphabet_character.restype = ctypes.c_char
    show(how, library.alphabet_lookups(), library.alphabet_character)


def by_cffi(how: str, name: str) -> None:
    ffi = cffi.FFI()
    ffi.cdef("char alphabet_character(unsigned value); unsigned long alphabet_lookups(void);")
    library = ffi.dlopen(name)
    show(how, library.alphabet_lookups(), library.alphabet_character)


def client_version(name: str) -> str:
    """Of a library that came from elsewhere, with dependencies of its own."""
    library = ctypes.CDLL(name)
    library.mysql_get_client_info.restype = ctypes.c_char_p
    return library.mysql_get_client_info().decode()


def main() -> None:
    by_ctypes("ctypes by path", ctypes.CDLL(ALPHABET))
    by_ctypes("ctypes by SONAME", ctypes.CDLL("libalphabet.so"))
    by_ctypes("ctypes by find_library", ctypes.CDLL(ctypes.util.find_library("alphabet")))
    by_cffi("cffi by path", ALPHABET)
    by_cffi("cffi by SONAME", "libalphabet.so")
    by_name = {client_version(name) for name in ("libmariadb.so.3", ctypes.util.find_library("mariadb"))}
    assert len(by_name) == 1, by_name
    # Two libraries are called libcodec.so in other programs: here it is one, and the directory is not needed.
    assert ctypes.CDLL("libcodec.so").codec_name
    try:
        ctypes.CDLL(os.path.join(os.path.dirname(ALPHABET), "libnothing.so"))
    except OSError:
        return
    raise AssertionError("a library that does not exist was loaded")


if __name__ == "__main__":
    main()
