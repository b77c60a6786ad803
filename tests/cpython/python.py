"""Becomes what `sys.executable` of a par is: a Python interpreter."""

import os
import sys

os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
