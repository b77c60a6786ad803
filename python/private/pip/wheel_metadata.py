"""What a wheel needs: its METADATA's Requires-Dist, evaluated for the running Python.

Markers are evaluated by the `packaging` that pip carries, so pip and this module always agree.
"""

import email.parser
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from lock_file import normalized
from pip._vendor.packaging.markers import InvalidMarker, Marker
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

# Extra ("" for the wheel as it is) -> the packages it needs, each with the extras wanted of it.
Dependencies = dict[str, dict[str, list[str]]]


class MetadataError(Exception):
    """The wheel's METADATA cannot be used; the text says why."""


def marker_is_true(marker: str) -> bool:
    """Whether a lock line with `marker` is for the running Python. Raises ValueError for a bad marker."""
    try:
        return not marker or Marker(marker).evaluate({"extra": ""})
    except InvalidMarker as error:
        raise ValueError(f"bad marker {marker!r}") from error


def dependencies(metadata: str, wanted_extras: Sequence[str]) -> Dependencies:
    """What a distribution needs with `wanted_extras`, and with each further extra that it offers."""
    message = email.parser.Parser().parsestr(metadata, headersonly=True)
    own_name = normalized(message.get("Name", ""))
    try:
        requirements = [Requirement(line) for line in message.get_all("Requires-Dist", [])]
    except InvalidRequirement as error:
        raise MetadataError(f"bad Requires-Dist in its METADATA ({str(error).splitlines()[0]})") from error
    offered = {normalized(extra): extra for extra in message.get_all("Provides-Extra", [])}
    found = {"": _needs(own_name, requirements, set(wanted_extras), offered)}
    for extra in sorted(offered):
        found[extra] = _needs(own_name, requirements, {*wanted_extras, extra}, offered)
    return found


def _needs(
    own_name: str, requirements: list[Requirement], extras: set[str], offered: dict[str, str]
) -> dict[str, list[str]]:
    needs: dict[str, set[str]] = {}
    # An extra may be made of other extras of the same package (`all = pkg[a,b]`): repeat until none is new.
    pending, seen = {"", *extras}, set()
    while pending:
        extra = pending.pop()
        seen.add(extra)
        for requirement in requirements:
            if not _applies(requirement.marker, extra, offered):
                continue
            name = normalized(requirement.name)
            its_extras = {normalized(its_extra) for its_extra in requirement.extras}
            if name == own_name:
                pending |= its_extras - seen
            else:
                needs.setdefault(name, set()).update(its_extras)
    return {name: sorted(needs[name]) for name in sorted(needs)}


def _applies(marker: Optional[Marker], extra: str, offered: dict[str, str]) -> bool:
    # Old wheels spell an extra differently in Provides-Extra and in markers: try the given and the normal spelling.
    spellings = {extra, offered.get(extra, extra)}
    return marker is None or any(marker.evaluate({"extra": spelling}) for spelling in spellings)


def read(wheel: Path) -> str:
    """The METADATA of a wheel file."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if _is_metadata(name)]
            if len(names) != 1:
                raise MetadataError("it does not have exactly one .dist-info/METADATA")
            return archive.read(names[0]).decode("utf-8", errors="replace")
    except zipfile.BadZipFile as error:
        raise MetadataError(f"it is not a ZIP archive, or a damaged one ({error})") from error


def _is_metadata(name: str) -> bool:
    parts: tuple[str, ...] = tuple(name.split("/"))
    return len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] == "METADATA"
