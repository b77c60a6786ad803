"""Prints the Markdown page of one .bzl file.

Exit status: 0, or 1 when the input cannot be read (standard error says where).
"""

from __future__ import annotations

import argparse
import pathlib
import sys

from tools.docs import markdown, textproto


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", required=True, help="name by which users load the file, without @")
    parser.add_argument("extract", type=pathlib.Path, help="the .textproto of a starlark_doc_extract target")
    options = parser.parse_args()
    try:
        module = textproto.parse(options.extract.read_text(encoding="utf-8"))
    except textproto.TextProtoError as error:
        sys.exit(f"{options.extract}: {error}")
    sys.stdout.write(markdown.page(module, options.repository))


if __name__ == "__main__":
    main()
