"""iconv(3) by Python's codecs, for encodings that libc lacks (python/interposer/iconv.c)."""

import codecs

_EINVAL, _E2BIG, _EILSEQ = 22, 7, 84
# Names of glibc that Python does not know, or means differently.
_NAMES = {
    "": "utf-8",  # of the locale
    "CHAR": "utf-8",
    "INTERNAL": "utf-32",
    "WCHAR_T": "utf-32",
    "UCS-2": "utf-16",
    "UCS2": "utf-16",
    "ISO-10646-UCS-2": "utf-16",
    "UCS-2BE": "utf-16-be",
    "UCS-2LE": "utf-16-le",
    "UCS-4": "utf-32-be",
    "UCS4": "utf-32-be",
    "UCS-4BE": "utf-32-be",
    "UCS-4LE": "utf-32-le",
    "UCS-4-INTERNAL": "utf-32",
    "UCS-2-INTERNAL": "utf-16",
}
_NATIVE = frozenset({"INTERNAL", "WCHAR_T", "UCS-2", "UCS2", "ISO-10646-UCS-2", "UCS-4-INTERNAL", "UCS-2-INTERNAL"})  # without a mark of order


def converter(to: str, source: str) -> "Converter | None":
    """For iconv_open; None for an encoding that Python has not either."""
    to, *options = to.upper().split("//")
    source = source.upper().partition("//")[0]
    if "IGNORE" in options:
        errors = "ignore"
    else:
        errors = "replace" if "TRANSLIT" in options else "strict"
    try:
        return Converter(_lookup(to), _lookup(source), errors)
    except LookupError:
        return None


def _lookup(name: str) -> codecs.CodecInfo:
    import sys

    python = _NAMES.get(name, name)
    if name in _NATIVE:
        python += "-le" if sys.byteorder == "little" else "-be"
    found = codecs.lookup(python)
    if not found._is_text_encoding or not found.incrementaldecoder:
        raise LookupError(name)
    return found


class Converter:
    """One conversion, and how far it has come: what iconv calls the shift state."""

    def __init__(self, to: codecs.CodecInfo, source: codecs.CodecInfo, errors: str):
        self._decoder = source.incrementaldecoder("ignore" if errors == "ignore" else "strict")
        self._encoder = to.incrementalencoder(errors)
        self._initial = self._state = self._decoder.getstate(), self._encoder.getstate()

    def __call__(self, data: "bytes | None", room: int) -> "tuple[int, bytes, int]":
        """(bytes taken, output of at most `room` bytes, errno or 0), as iconv(3): data None ends the sequence."""
        if data is None:
            self._encoder.setstate(self._state[1])
            output = self._encoder.encode("", True)
            if len(output) > room:
                return 0, b"", _E2BIG
            self._state = self._initial
            return 0, output, 0
        taken, text, error = self._decode(data)
        output = self._encode(text)
        if output is None or len(output) > room:
            count = _most(len(text), lambda size: self._fits(text[:size], room))
            error = _EILSEQ if self._encode(text[: count + 1]) is None else _E2BIG
            text = text[:count]
            taken = self._decode(data[: _most(len(data), lambda size: len(self._decode(data[:size])[1]) <= count)])[0]
        self._decode(data[:taken])
        output = self._encode(text)
        self._state = self._decoder.getstate(), self._encoder.getstate()
        return taken, output, error

    def _decode(self, data: bytes) -> "tuple[int, str, int]":
        """(bytes that are whole characters, the characters, why it ended there)."""
        self._decoder.setstate(self._state[0])
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError as error:
            taken, text, _ = self._decode(data[: error.start])
            return taken, text, _EILSEQ
        pending = len(self._decoder.getstate()[0])
        return len(data) - pending, text, _EINVAL if pending else 0

    def _encode(self, text: str) -> "bytes | None":
        self._encoder.setstate(self._state[1])
        try:
            return self._encoder.encode(text)
        except UnicodeEncodeError:
            return None

    def _fits(self, text: str, room: int) -> bool:
        output = self._encode(text)
        return output is not None and len(output) <= room


def _most(limit: int, holds) -> int:
    """The largest number up to `limit` for which it holds; it does for 0, and for all below one for which it does."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
