"""Where a Python that was given a par starts. Any Python may come here, even an old one: only what all of them parse."""

import sys

if sys.version_info < (3, 9):
    sys.stderr.write(
        "%s: needs Python 3.9 or newer, this is %d.%d (%s): run it with another interpreter\n"
        % (sys.argv[0], sys.version_info[0], sys.version_info[1], sys.executable)
    )
    sys.exit(78)

from _rules_par import launcher  # noqa: E402

launcher.run(__loader__.archive)  # type: ignore[name-defined]
