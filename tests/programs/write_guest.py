"""Writes a wheel with scripts of all kinds."""

import sys
from pathlib import Path

from wheel_files import write_wheel

ENTRY_POINTS = """\
[console_scripts]
guest = guest:main
guest-nested=guest.cli : App.run [colour]
guest-of-extra = guest.missing:main
../guest = guest:main
report = guest:main

[gui_scripts]
guest-gui = guest:main

[guest.plugins]
guest-plugin = guest:main
"""

if __name__ == "__main__":
    write_wheel(
        Path(sys.argv[1]),
        {
            "guest/__init__.py": "import sys\n\n\ndef main():\n    print('guest', sys.argv[1:])\n",
            "guest/__main__.py": "import sys\n\nprint(__name__, sys.argv[1:])\n",
            "guest/cli.py": "class App:\n    @staticmethod\n    def run():\n        return 7\n",
            "guest-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
        },
    )
