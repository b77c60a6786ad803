r"""Encodes text with C libraries that are called through ctypes.

    bazel build //examples/cc_ctypes:cc_ctypes.par
    bazel-bin/examples/cc_ctypes/cc_ctypes.par "some text"

The libraries are ordinary cc_library targets in the `deps` of a py_library, with what makes that difficult elsewhere:

            roundtrip
           /    |    \
    hex:codec  crc  base32:codec     two libraries of the same base name; crc has `linkstatic`
           \         /
            alphabet                 one copy for both: its counter sees the look-ups of both
"""

import argparse

from examples.cc_ctypes import codecs


def main() -> None:
    parser = argparse.ArgumentParser(description="Encodes text.")
    parser.add_argument("text", nargs="?", default="rules_par")
    data = parser.parse_args().text.encode()[:256]
    before = codecs.lookups()
    print(f"{'hex:':10}{codecs.to_hex(data)}")
    print(f"{'base32:':10}{codecs.to_base32(data)}")
    print(f"{'crc32:':10}{codecs.crc32(data):08x}")
    counted = codecs.lookups() - before
    print(f"the libraries {' and '.join(codecs.names())} looked up {counted} characters in one alphabet")
    print("and back: " + ("the same" if codecs.survives(data) else "DIFFERENT"))


if __name__ == "__main__":
    main()
