"""Turns YAML on standard input into JSON on standard output."""

import argparse
import json
import sys

import yaml


def main() -> "str | None":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indent", type=int, help="number of spaces for a level")
    options = parser.parse_args()
    try:
        json.dump(yaml.load(sys.stdin, yaml.CSafeLoader), sys.stdout, indent=options.indent, default=str)
    except yaml.YAMLError as error:
        return f"yaml2json: {error}"
    print()
    return None
