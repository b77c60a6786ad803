"""Writes the ZIP file that reading.py imports from."""

import sys
import zipfile

with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("package/__init__.py", "")
    file.writestr("package/module.py", "VALUE = 42\n")
