"""Gets the wheel of one package of a lock, for a repository rule.

    fetch_package.py REQUEST

REQUEST is a JSON file: `requirements` (the lines of the lock for this package, see lock_file.Requirement), `sdist`
(whether to build its sdist), `environment` (for such a build) and `directory` (where to put the wheel). Prints JSON:
`wheel`, the file's name, or null when the lock has no line for this Python; `dependencies`, see wheel_metadata.
When it fails: status 1 and on stderr `VERSION: what: cure`.
"""

import json
import sys
from pathlib import Path
from typing import Any, Optional

from lock_file import Requirement


class FetchError(Exception):
    """The package cannot be had; the text is `VERSION: what: cure`."""


def fetch(request: dict[str, Any]) -> dict[str, Any]:
    """Does what the module's documentation says."""
    requirements = [
        Requirement(**{**fields, "extras": tuple(fields["extras"]), "hashes": tuple(fields["hashes"])})
        for fields in request["requirements"]
    ]
    try:
        # pip is imported late, so that its absence is an error like others.
        import pip_command
        import wheel_metadata
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pip":
            raise
        raise FetchError(
            f"{requirements[0].version}: {sys.executable} has no pip: install it (Debian and Fedora: python3-pip)"
        ) from error

    requirement = _chosen(requirements, wheel_metadata.marker_is_true)
    if requirement is None:
        return {"wheel": None, "dependencies": {"": {}}}
    directory = Path(request["directory"])
    try:
        if request["sdist"]:
            wheel = pip_command.build(requirement, directory, request["environment"])
        else:
            wheel = pip_command.download(requirement, directory)
        needs = wheel_metadata.dependencies(wheel_metadata.read(wheel), requirement.extras)
    except (pip_command.PipError, wheel_metadata.MetadataError) as error:
        raise FetchError(f"{requirement.version}: {error}") from error
    return {"wheel": wheel.name, "dependencies": needs}


def _chosen(requirements: list[Requirement], marker_is_true: Any) -> Optional[Requirement]:
    """The one line whose marker is true here; none if there is no such line."""
    try:
        fitting = [requirement for requirement in requirements if marker_is_true(requirement.marker)]
    except ValueError as error:
        raise FetchError(f"{requirements[0].version}: {error}: correct it") from error
    versions = sorted({requirement.version for requirement in fitting})
    if len(versions) > 1:
        raise FetchError(f"{versions[0]}: the markers of {' and '.join(versions)} are both true: make them exclusive")
    return fitting[0] if fitting else None


def main() -> int:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        result = fetch(request)
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
