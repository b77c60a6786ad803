"""inspect_files.py OUTPUT LIST: looks at the files that are lines of LIST, for the builder's `--inspection=OUTPUT`."""

import pathlib
import sys

from tools.builder import inspection
from tools.builder.errors import BuildError


def main() -> None:
    output, files = map(pathlib.Path, sys.argv[1:])
    found = {}
    for file in files.read_text(encoding="utf-8").splitlines():
        try:
            found[file] = inspection.inspect(file, pathlib.Path(file))
        except BuildError:
            pass  # the builder says it, if the file goes into a par
    output.write_bytes(inspection.dump(found))


if __name__ == "__main__":
    main()
