"""The checksum of changed content, against zlib's of the whole."""

import random
import zlib

import pytest

from tools.builder import crc32


@pytest.mark.parametrize("size", [1, 2, 3, 40, 1000, 32768, 32769, 100_003, 3_000_001])
def test_changed(size: int) -> None:
    numbers = random.Random(size)
    for _ in range(20):
        content = numbers.randbytes(size)
        new = bytearray(content)
        changes, at = [], 0
        while len(changes) < 4:
            at += numbers.choice([0, 1, numbers.randrange(100), numbers.randrange(size)])
            length = numbers.randrange(1, 40)
            if at + length > size:
                break
            changes.append((at, content[at : at + length], numbers.randbytes(length)))
            new[at : at + length] = changes[-1][2]
            at += length
        assert crc32.changed(zlib.crc32(content), size, changes) == zlib.crc32(new)


def test_the_last_byte_of_much() -> None:
    content = bytearray(50_000_000)
    before = zlib.crc32(content)
    content[-1] = 7
    assert crc32.changed(before, len(content), [(len(content) - 1, b"\0", b"\7")]) == zlib.crc32(content)
