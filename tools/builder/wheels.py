"""What installed wheels say of themselves: a `.dist-info` directory is beside what it describes (PEP 376, PEP 427)."""

import csv
import pathlib
import posixpath

from tools.builder.manifest import Manifest

# PEP 600, PEP 656: whoever built it checked that it needs nothing that a host may lack.
_PORTABLE = ("manylinux", "musllinux")


def directories(manifest: Manifest) -> "tuple[str, ...]":
    """Where wheels are laid out."""
    found = {path.partition(".dist-info/")[0].rpartition("/")[0] for path in manifest.members if ".dist-info/" in path}
    return tuple(sorted(f"{each}/" if each else "" for each in found))


def portable_members(manifest: Manifest) -> "frozenset[str]":
    """Members that belong to a wheel for all hosts, by its tag and its RECORD."""
    found = set()
    for path, source in manifest.members.items():
        if path.endswith(".dist-info/WHEEL") and source.file and _is_portable(pathlib.Path(source.file).read_text("utf-8", "replace")):
            directory, name = posixpath.split(posixpath.dirname(path))
            record = manifest.members.get(posixpath.join(directory, name, "RECORD"))
            if record and record.file:
                with open(record.file, encoding="utf-8", errors="surrogateescape", newline="") as rows:
                    paths = [posixpath.join(directory, row[0]) for row in csv.reader(rows) if row]
                found.update(posixpath.normpath(path) if "/." in path else path for path in paths)
    return frozenset(found)


def _is_portable(description: str) -> bool:
    tags = [line.partition(":")[2] for line in description.splitlines() if line.startswith("Tag:")]
    return any(platform in tag for tag in tags for platform in _PORTABLE)
