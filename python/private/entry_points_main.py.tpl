"""Runs one of several scripts: the one whose name this program was started under, or that PAR_SCRIPT names.

In a par the launcher chooses, and this runs when there was nothing to choose.
"""

import importlib
import operator
import os
import sys

ENTRY_POINTS = {entry_points}
EX_USAGE = 64


def main():
    name = os.environ.pop("PAR_SCRIPT", "") or os.path.basename(sys.argv[0])
    if name not in ENTRY_POINTS:
        names = ", ".join(ENTRY_POINTS)
        sys.stderr.write(f"{sys.argv[0]}: is several programs: start it by the name of one ({names}), or with PAR_SCRIPT=NAME\n")
        return EX_USAGE
    module, _, function = ENTRY_POINTS[name].partition(":")
    sys.argv[0] = name
    return operator.attrgetter(function)(importlib.import_module(module))()


if __name__ == "__main__":
    sys.exit(main())
