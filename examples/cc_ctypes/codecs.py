"""The C libraries of this example as Python functions.

Each cc_library in `deps` is in the par as `lib<name>.so` in the directory of its package, so that a path relative to
`__file__` leads to it. Its own dependencies are loaded with it, each of them once.
"""

import ctypes
from pathlib import Path

_HERE = Path(__file__).parent


def _load(relative: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(_HERE / relative))
    except OSError as error:
        raise ImportError(
            f"{relative}: {error}. As a plain py_binary this cannot work: what Bazel makes of a cc_library is an "
            "archive, or a shared object that does not name the libraries it needs. Run the par."
        ) from error


_hex = _load("hex/libcodec.so")
_base32 = _load("base32/libcodec.so")
_crc = _load("crc/libcrc.so")
_roundtrip = _load("roundtrip/libroundtrip.so")
_alphabet = _load("alphabet/libalphabet.so")

_hex.hex_encode.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]
_hex.codec_name.restype = ctypes.c_char_p
_base32.base32_encode.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]
_base32.codec_name.restype = ctypes.c_char_p
_crc.crc32_of.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
_crc.crc32_of.restype = ctypes.c_uint32
_roundtrip.roundtrip_survives.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
_alphabet.alphabet_lookups.restype = ctypes.c_ulong


def to_hex(data: bytes) -> str:
    text = ctypes.create_string_buffer(2 * len(data) + 1)
    _hex.hex_encode(data, len(data), text)
    return text.value.decode()


def to_base32(data: bytes) -> str:
    text = ctypes.create_string_buffer(len(data) * 8 // 5 + 2)
    _base32.base32_encode(data, len(data), text)
    return text.value.decode()


def crc32(data: bytes) -> int:
    return _crc.crc32_of(data, len(data))


def survives(data: bytes) -> bool:
    """Whether the data, of at most 256 bytes, comes back the same from both codecs."""
    return bool(_roundtrip.roundtrip_survives(data, len(data)))


def lookups() -> int:
    """How often both codecs together have looked into the one alphabet that they share."""
    return _alphabet.alphabet_lookups()


def names() -> list[str]:
    """What the two libraries of the same base name say they are."""
    return [library.codec_name().decode() for library in (_hex, _base32)]
