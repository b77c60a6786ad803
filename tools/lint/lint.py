"""Checks the source tree, and runs buildifier on it where there is one; `bazel run //tools/lint` starts it.

Prints one line for each offence. Exit status: 0, or 1 when there are any.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

from tools.lint import checks, tree

_FOR_BUILDIFIER = re.compile(r".*\.(?:bzl|bazel)|(?:.*/)?(?:BUILD|WORKSPACE)")


def main() -> None:
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        sys.exit("there is no source tree here: start this with `bazel run //tools/lint`")
    root = pathlib.Path(workspace)
    found = [offence for offences in checks.offences(root).values() for offence in offences]
    for offence in sorted(found, key=str):
        print(offence)
    sys.exit(1 if not _buildifier_is_content(root) or found else 0)


def _buildifier_is_content(root: pathlib.Path) -> bool:
    program = shutil.which("buildifier")
    if not program:
        print("buildifier is not on PATH and was not run", file=sys.stderr)
        return True
    files = [source.path for source in tree.sources(root) if _FOR_BUILDIFIER.fullmatch(source.path)]
    command = [program, "--mode=check", "--lint=warn", "--warnings=all", *files]
    return subprocess.run(command, cwd=root, check=False).returncode == 0


if __name__ == "__main__":
    main()
