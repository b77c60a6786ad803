"""What the script `black` does."""

from black import patched_main

patched_main()
