"""The greeting."""

import ctypes
from pathlib import Path

from markupsafe import Markup

_HERE = Path(__file__).parent
_rot13 = ctypes.CDLL(str(_HERE.parent / "codec/libcodec.so")).codec_rot13


def greet(name: str = "world") -> Markup:
    """HTML that greets somebody; the name is handed over in ROT13."""
    text = ctypes.create_string_buffer(name.encode())
    _rot13(text)
    return Markup((_HERE / "greeting.html").read_text()) % text.value.decode()
