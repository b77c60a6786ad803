"""Code as CPython has it in memory, so that a par with its own Python need not unmarshal it (python/stub/README.md).

Runs in the Python that the code is for, as python_worker.py does. CPython 3.11 and 3.12 deep-froze their own frozen modules, as C source
(Tools/build/deepfreeze.py); here it is data, and python/stub/deepfrozen.c, which describes the format, makes objects of it.
"""

import ctypes
import itertools
import struct
import sys

MAGIC = b"deepfrz\1"
HEAD = struct.Struct("<8s12IQ")
# The upper bits of a control byte: what the next words are; the lower ones: how many they are, less one, or what kind.
_LITERAL, _ZERO, _LOCAL, _NAME, _SYMBOL, _HEADER, _SHARED, _SPECIAL = range(8)
_MOST = 32
_VERSION, _FILENAME, _FROZENSET, _MADE = range(4)
# Symbols.
_CODE, _TUPLE, _BYTES, _STR, _INT, _FLOAT, _COMPLEX, _SLICE, _NONE, _TRUE, _FALSE, _ELLIPSIS, _EMPTY_TUPLE, _EMPTY_BYTES = range(14)
_SINGLE_BYTES, _SMALL_INTS = 256, 517  # the numbers of b"\0" and of 0

_WORD = 8
_OBJECT = 2 * _WORD  # PyObject: reference count, type
_VARIABLE = 3 * _WORD  # PyVarObject: and the number of items
_STATE = 4 * _WORD  # of PyASCIIObject: where its flags are; the lowest two say whether it is interned
_INTERNED = 3
_GC_HEAD = 2  # words before an object of the garbage collector; zero: it is not tracked
_UNKNOWN_HASH = -1
_Code = type((lambda: None).__code__)
_VALUES = {int: _INT, float: _FLOAT, complex: _COMPLEX}
# Where the types of Python have fixed addresses (its program is ET_EXEC, as Debian's), what is rarely written to stays in the par: tables of
# lines and of exceptions, and text of some length. Text that is a key of a dictionary has its hash written into it, and mostly is short.
_FIXED = 1 << 32
_SHORTEST_SHARED = 64

# PyCodeObject behind PyVarObject, up to the instructions: O: an object; i: an int; v: co_version; z: what is zero until the code runs; u: what
# is not used. A version of Python keeps them. And the first word of an immortal object (PEP 683).
_LAYOUTS = {
    (3, 12): ("OOO iiiiii iiiii v OOOOOO zzzz i z", 0xFFFFFFFF),
    (3, 13): ("OOO iiiiii iiiii v OOOOOO zzzzz i z", 0xFFFFFFFF),
    (3, 14): ("OOO iiiiii iiiii v OOOOOO zzzzzu i z", 3 << 30 | 1 << 48),
}


class CannotFreeze(Exception):
    """This Python, or something in the code, is not known here; the code can be unmarshalled."""


class Freezer:
    """Freezes code of this Python: many modules, which share a table of names. Raises CannotFreeze where its objects are not those of a
    release that is known here."""

    CannotFreeze = CannotFreeze

    def __init__(self):
        self._names: "dict[str, int]" = {}
        fields, self._immortal = _LAYOUTS.get(sys.version_info[:2], ("", 0))
        if not fields or sys.byteorder != "little" or ctypes.sizeof(ctypes.c_void_p) != _WORD or hasattr(sys, "gettotalrefcount"):
            raise CannotFreeze(f"Python {sys.version}")
        self._words = []  # (offset, kinds of the fields)
        offset = _VARIABLE
        for kind in fields.replace(" ", ""):
            size = 4 if kind in "iv" else _WORD
            offset += -offset % size
            if offset % _WORD:
                self._words[-1] = offset - size, self._words[-1][1] + kind
            else:
                self._words.append((offset, kind))
            offset += size
        self._instructions = offset
        # An immortal string that is interned later on is freed at the end, unless it is marked as one that is not from the heap; 3.12 knows.
        self._static = 0 if sys.version_info < (3, 13) else _state("a") & ~_state("".join(("not", " interned"))) & ~_INTERNED
        self._check()

    def _check(self) -> None:
        """What the layouts say against what this Python shows."""
        sample = compile("def function(argument): return argument, 'text of the sample'", "<sample>", "exec").co_consts[0]
        text = sample.co_consts[-1]
        objects = [sample.co_consts, sample.co_names, sample.co_exceptiontable, None, None, None, sample.co_name, sample.co_qualname, sample.co_linetable]
        found = [_word(id(sample) + at) for at, kinds in self._words if kinds == "O"]
        known = (
            len(found) == len(objects)
            and all(value is None or address == id(value) for address, value in zip(found, objects))
            and _Code.__basicsize__ == self._instructions
            and [each.__basicsize__ for each in (bytes, int, float, complex, slice, frozenset)] == [33, 24, 24, 32, 40, 200]
            and (tuple.__basicsize__ - _VARIABLE) in (0, _WORD)
            and ["".__sizeof__(), "\u20ac.".__sizeof__(), b"ab".__sizeof__()] == [41, 62, 35]
            and not _state(text) & _INTERNED
            and _word(id(None)) & 0xFFFFFFFF == self._immortal & 0xFFFFFFFF
            and _word(id(sample) + _WORD) == id(_Code)
        )
        if not known:
            raise CannotFreeze(f"Python {sys.version}: its objects are not those of the release")

    def freeze(self, code) -> bytes:
        """The frozen code. It must be fresh from `marshal`: neither run nor looked into. Raises CannotFreeze."""
        return _Block(code, self._words, self._instructions, self._static, self._immortal).content(self._names)

    def names(self) -> bytes:
        """The table of names: how many there are, where in the text each ends; the text, in UTF-8."""
        texts = [name.encode("utf-8", "surrogatepass") for name in self._names]
        return struct.pack(f"<{len(texts) + 1}I", len(texts), *itertools.accumulate(map(len, texts))) + b"".join(texts)


class _Block:
    """The memory of one module: objects one after another, each behind those that it refers to."""

    def __init__(self, code, words, instructions: int, static: int, immortal: int):
        self._words_of_code, self._instructions, self._static, self._immortal = words, instructions, static, immortal
        self._shared = bytearray() if id(bytes) < _FIXED else None
        self._filename = code.co_filename
        self._controls, self._literals, self._large, self._small = bytearray(), bytearray(), bytearray(), bytearray()
        self._size = 0  # words
        self._last = -1  # what the last control byte says, if it may say more of it
        self._places: "dict[object, tuple[int, int]]" = {}  # what identifies an object -> (control, operand)
        self._alive: list = []
        self._names: "dict[str, int]" = {}
        self._codes = self._made = 0
        self._code = self._reference(code)[1]

    def content(self, table: "dict[str, int]") -> bytes:
        numbers = [table.setdefault(name, len(table)) for name in self._names]
        shared = self._shared or b""
        counts = (len(numbers), len(shared) // _WORD, len(self._literals) // _WORD, len(self._large) // 4, len(self._small) // 2, len(self._controls))
        head = HEAD.pack(MAGIC, 0, self._size, self._code, self._codes, self._made, *counts, id(bytes) if shared else 0, self._immortal)
        return b"".join((head, shared, self._literals, struct.pack(f"<{len(numbers)}I", *numbers), self._large, self._small, self._controls))

    # Words.

    def _put(self, control: int, count: int = 1) -> None:
        self._size += count
        if self._last == control:
            more = min(count, _MOST - 1 - self._controls[-1] % _MOST)
            self._controls[-1] += more
            count -= more
        while count:
            some = min(count, _MOST)
            self._controls.append(control * _MOST + some - 1)
            count -= some
        self._last = control

    def _put_kind(self, control: int, kind: int, words: int) -> None:
        self._controls.append(control * _MOST + kind)
        self._last = -1
        self._size += words

    def _put_literal(self, data: bytes) -> None:
        self._literals += data + bytes(-len(data) % _WORD)
        self._put(_LITERAL, -(-len(data) // _WORD))

    def _put_pointer(self, control: int, operand: int) -> None:
        if control == _SPECIAL:
            if operand >= _MADE:
                self._large += (operand - _MADE).to_bytes(4, "little")
            self._put_kind(_SPECIAL, min(operand, _MADE), 1)
            return
        if control in (_LOCAL, _SHARED):
            self._large += operand.to_bytes(4, "little")
        else:
            self._small += operand.to_bytes(2, "little")
        self._put(control)

    def _begin(self, kind: int, head: int = 0) -> int:
        """Begins an object, on 16 bytes like any of Python's, and returns its place."""
        padding = self._size % 2 + head
        if padding:
            self._put(_ZERO, padding)
        self._put_kind(_HEADER, kind, 2)
        return self._size - 2

    # Objects.

    def _reference(self, value, kept: bool = False) -> "tuple[int, int]":
        """What points to the object, which gets a place if it is to have one here. `kept`: nobody but Python itself uses it."""
        kind = type(value)
        if kind is str:
            if value is self._filename:
                return _SPECIAL, _FILENAME
            if len(value) < 2 or _state(value) & _INTERNED:
                number = self._names.setdefault(value, len(self._names))
                if number > 0xFFFF:
                    raise CannotFreeze("more than 65,536 names")
                return _NAME, number
        elif value is None or value is ...:
            return _SYMBOL, _ELLIPSIS if value else _NONE
        elif kind is bool:
            return _SYMBOL, _TRUE if value else _FALSE
        elif kind is int and -5 <= value <= 256:
            return _SYMBOL, _SMALL_INTS + value
        elif kind is bytes and len(value) < 2:
            return _SYMBOL, _SINGLE_BYTES + value[0] if value else _EMPTY_BYTES
        elif kind is tuple:
            return self._place_tuple(value)
        key = value if kind is bytes else id(value)
        place = self._places.get(key)
        if place is None:
            self._alive.append(value)
            place = self._places[key] = self._place(value, kind, kept)
        return place

    def _place_tuple(self, value: tuple) -> "tuple[int, int]":
        if not value:
            return _SYMBOL, _EMPTY_TUPLE
        items = tuple(map(self._reference, value))
        place = self._places.get(items)
        if place is None:
            at = self._begin(_TUPLE, _GC_HEAD)
            hashes = [_UNKNOWN_HASH] * ((tuple.__basicsize__ - _VARIABLE) // _WORD)  # it is remembered since 3.14
            self._put_literal(struct.pack(f"<q{len(hashes)}q", len(items), *hashes))
            for item in items:
                self._put_pointer(*item)
            place = self._places[items] = _LOCAL, at
        return place

    def _place(self, value, kind: type, kept: bool) -> "tuple[int, int]":
        if kind is _Code:
            return _LOCAL, self._place_code(value)
        if kind is frozenset:
            return self._make_set(tuple(value))
        if kind is slice:
            parts = [self._reference(each) for each in (value.start, value.stop, value.step)]
            at = self._begin(_SLICE, _GC_HEAD)
            for part in parts:
                self._put_pointer(*part)
            return _LOCAL, at
        if kind is str:
            return self._place_leaf(_STR, str, self._memory_of_str(value))
        if kind is bytes:
            return self._place_leaf(_BYTES, bytes, struct.pack("<qq", len(value), _UNKNOWN_HASH) + value + b"\0", kept)
        if kind in _VALUES:
            at = self._begin(_VALUES[kind])
            self._put_literal(_memory(id(value) + _OBJECT, value.__sizeof__() - _OBJECT))
            return _LOCAL, at
        raise CannotFreeze(f"a constant of type {kind.__name__}")

    def _make_set(self, items: tuple) -> "tuple[int, int]":
        """A set that Python makes when the code is loaded."""
        control, at = self._place_tuple(items)
        if control != _LOCAL:
            raise CannotFreeze("an empty set")
        self._large += at.to_bytes(4, "little")
        self._put_kind(_SPECIAL, _FROZENSET, 0)
        self._made += 1
        return _SPECIAL, _MADE + self._made - 1

    def _place_leaf(self, symbol: int, kind: type, memory: bytes, kept: bool = False) -> "tuple[int, int]":
        """An object without references, of what follows its type. `kept`: nobody but Python itself uses it."""
        if self._shared is None or (not kept and len(memory) < _SHORTEST_SHARED):
            at = self._begin(symbol)
            self._put_literal(memory)
            return _LOCAL, at
        at = len(self._shared) // _WORD
        self._shared += struct.pack("<QQ", self._immortal, id(kind)) + memory
        self._shared += bytes(-len(self._shared) % (2 * _WORD))
        return _SHARED, at

    def _memory_of_str(self, value: str) -> bytes:
        state = _state(value) & ~_INTERNED | self._static
        most = ord(max(value))
        width, encoding = (1, "latin-1") if most < 0x100 else (2, "utf-16-le") if most < 0x10000 else (4, "utf-32-le")
        no_utf8 = b"" if most < 0x80 else bytes(2 * _WORD)
        data = value.encode(encoding, "surrogatepass") + bytes(width)
        return struct.pack("<qqQ", len(value), _UNKNOWN_HASH, state) + no_utf8 + data

    def _place_code(self, code) -> int:
        address = id(code)
        parts = {at: self._reference(_object(_word(address + at)), True) for at, kinds in self._words_of_code if kinds == "O"}
        memory = _memory(address, self._instructions)
        place = self._begin(_CODE)
        self._put_literal(memory[_OBJECT:_VARIABLE])
        for at, kinds in self._words_of_code:
            if kinds == "O":
                self._put_pointer(*parts[at])
            elif kinds == "iv":
                self._large += memory[at : at + 4]
                self._put_kind(_SPECIAL, _VERSION, 1)
            elif kinds in ("i", "ii"):
                self._put_literal(memory[at : at + 4 * len(kinds)])
            elif kinds == "u" or not any(memory[at : at + _WORD]):
                self._put(_ZERO)
            else:
                raise CannotFreeze("code that has run")
        units = int.from_bytes(memory[_OBJECT:_VARIABLE], "little")
        self._put_literal(_memory(address + self._instructions, 2 * units))
        self._codes += 1
        return place


def _memory(address: int, size: int) -> bytes:
    return ctypes.string_at(address, size)


def _word(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value


def _object(address: int):
    return ctypes.cast(address, ctypes.py_object).value


def _state(text: str) -> int:
    """The flags; the three bytes behind them are what was in memory before."""
    return ctypes.c_uint8.from_address(id(text) + _STATE).value
