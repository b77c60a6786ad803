#!/usr/bin/env -S python3 -B
"""Is started by its path, below the par: the Python that runs it knows the par."""

import sys

from tests.interposer import word

sys.exit(int(sys.argv[1]) if word.KNOWN and sys.flags.dont_write_bytecode and sys.argv[0] == __file__ else 1)
