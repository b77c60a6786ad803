"""The CRC-32 of content that is known but for a few bytes, without reading the rest.

A CRC is linear over GF(2): that of two contents of one length, added (xor), is the sum of theirs, but for a constant of the length. And to
append a zero bit is to multiply by x, modulo the polynomial of CRC-32. Numbers are reflected, as everywhere with this CRC: bit 31 is x^0.
"""

import zlib

_POLYNOMIAL = 0xEDB88320
_SHORT = 1 << 15  # bytes of zeros up to which zlib is faster


def _times(left: int, right: int) -> int:
    product = 0
    while left:
        if left & 0x80000000:
            product ^= right
        left = left << 1 & 0xFFFFFFFF
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product


def _squares(power: int, count: int) -> "list[int]":
    found = [power]
    while len(found) < count:
        found.append(_times(found[-1], found[-1]))
    return found


_BYTES = _squares(1 << 23, 64)  # x^8 to the powers 1, 2, 4, ...: to append so many bytes


def _followed_by_zeros(remainder: int, count: int) -> int:
    if count < _SHORT:
        zeros = bytes(count)
        return zlib.crc32(zeros, remainder) ^ zlib.crc32(zeros)
    for power in _BYTES[: count.bit_length()]:
        if count & 1:
            remainder = _times(power, remainder)
        count >>= 1
    return remainder


def changed(crc: int, size: int, changes: "list[tuple[int, bytes, bytes]]") -> int:
    """Of a content of `size` bytes whose CRC-32 was `crc`. `changes`: (offset, what was there, as many bytes that are there now), in order."""
    difference = at = 0
    for offset, old, new in changes:
        added = (int.from_bytes(old, "little") ^ int.from_bytes(new, "little")).to_bytes(len(new), "little")
        difference = _followed_by_zeros(difference, offset - at)
        difference = zlib.crc32(added, difference) ^ zlib.crc32(bytes(len(added)))
        at = offset + len(new)
    return crc ^ _followed_by_zeros(difference, size - at)
