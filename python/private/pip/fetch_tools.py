"""Gets the wheels of a lock and lays each out in laid_out/NAME/site-packages: the repository of rules_par's own tools.

    fetch_tools.py LOCK

works in the current directory and prints JSON: a list of [name, names of the packages it needs]. When it fails: status
1 and on stderr one line. The wheels must be good for any Python 3; the library `installer` is one: it lays out all.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lock_file
from fetch_package import FetchError, fetch

# Not at the top: a directory `pytest` in the root of a repository would hide the module of that name.
_LAID_OUT = Path("laid_out")
# pip spends most of its time starting and waiting.
_PIPS_AT_ONCE = 6


class ToolsError(Exception):
    """A tool cannot be had; the text is one line."""


def _fetched(name: str, requirements: list[lock_file.Requirement]) -> dict[str, Any]:
    directory = Path("wheels") / name
    try:
        result = fetch({"requirements": [asdict(each) for each in requirements], "sdist": False, "directory": str(directory)})
    except FetchError as error:
        raise ToolsError(f"{name}=={error}") from error
    return {"name": name, "file": directory / result["wheel"], "needs": result["dependencies"][""]}


def _lay_out(wheels: list[dict[str, Any]]) -> None:
    installer = next(wheel["file"] for wheel in wheels if wheel["name"] == "installer")
    # A pure wheel can be imported from as it is.
    sys.path.insert(0, str(installer.resolve()))
    import wheel_layout

    for wheel in wheels:
        try:
            wheel_layout.lay_out(wheel["file"], _LAID_OUT / wheel["name"] / "site-packages")
        except wheel_layout.BadWheel as error:
            raise ToolsError(f"{wheel['file'].name}: bad wheel: {error}: get the file again") from error


def main() -> int:
    lock = Path(sys.argv[1])
    try:
        names: dict[str, list[lock_file.Requirement]] = {}
        for requirement in lock_file.parse(lock.read_text(encoding="utf-8"), lock.name):
            names.setdefault(requirement.name, []).append(requirement)
        with ThreadPoolExecutor(_PIPS_AT_ONCE) as pool:
            wheels = list(pool.map(_fetched, names, names.values()))
        _lay_out(wheels)
    except (lock_file.LockError, ToolsError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps([[wheel["name"], sorted(names.keys() & wheel["needs"])] for wheel in wheels]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
