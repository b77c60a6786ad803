"""Says that it is the main program, and with what."""

import sys
from pathlib import Path

if __name__ == "__main__":
    print("main", Path(sys.argv[0]).name, *sys.argv[1:])
