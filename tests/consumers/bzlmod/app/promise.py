"""Prints a random number."""

import ctypes
import pathlib

print(ctypes.CDLL(str(pathlib.Path(__file__).parent.parent / "codec/libentropy.so")).entropy_byte())
