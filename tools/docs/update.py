"""Copies generated pages into docs/ of the workspace; `bazel run //docs:update` starts it.

Exit status: 0, or 1 when not started by `bazel run`.
"""

from __future__ import annotations

import os
import pathlib
import sys


def main() -> None:
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        sys.exit("the pages belong into the source tree: start this with `bazel run //docs:update`")
    for argument in sys.argv[1:]:
        made = pathlib.Path(argument)
        page = pathlib.Path(workspace, "docs", made.name)
        content = made.read_bytes()
        if not page.exists() or page.read_bytes() != content:
            page.write_bytes(content)
            print(f"docs/{page.name}: updated")


if __name__ == "__main__":
    main()
