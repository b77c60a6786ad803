"""Writes the wheel with many names in one directory that reading.py asks for: its only argument."""

import sys
from pathlib import Path

from wheel_files import write_wheel

# Many begin with another; some are of files, some of directories; in UTF-8 and in UTF-16 their order is not the same.
STEMS = [*map(str, range(300)), "\u007f", "\u00e9", "e\u0301", "\uffee", "\U0001f40d", "z\u00e9", "z"]


def main() -> None:
    """Each file's content is its name."""
    files = {"names/__init__.py": ""}
    for number, stem in enumerate(STEMS):
        name = f"{stem}.txt" if number % 3 == 0 else stem
        files[f"names/{name}/file" if number % 7 == 0 else f"names/{name}"] = name
    write_wheel(Path(sys.argv[1]), files)


if __name__ == "__main__":
    main()
