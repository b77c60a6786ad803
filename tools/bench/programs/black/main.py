"""What the script `black` does."""

import sys

from black import patched_main

try:
    patched_main()
finally:
    sys.stdout.flush()
    sys.stdin.read()
