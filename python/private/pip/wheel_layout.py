"""Lays a wheel out as a site-packages directory, by the wheel specification.

    wheel_layout --wheel=FILE --site_packages=DIRECTORY

The directory gets what `pip install --target` would put there: modules and `.dist-info`, and beside them the wheel's
scripts in `bin`, its headers in `include/NAME` and its other data at the top. Scripts for entry points are not made:
they would name an interpreter, and `entry_points.txt` has all that is in them. The same wheel gives the same tree.
"""

import argparse
import os
import posixpath
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Union

import installer
from installer.destinations import SchemeDictionaryDestination
from installer.exceptions import InstallerError
from installer.records import InvalidRecordEntry, RecordEntry
from installer.sources import WheelFile
from installer.utils import Scheme


class BadWheel(Exception):
    """The wheel cannot be laid out; the text says why."""


class SitePackages(SchemeDictionaryDestination):
    """A directory that takes all schemes of a wheel, and no generated scripts."""

    def __init__(self, directory: Path, distribution: str) -> None:
        top = str(directory)
        super().__init__(
            scheme_dict={
                "purelib": top,
                "platlib": top,
                "data": top,
                "scripts": posixpath.join(top, "bin"),
                "headers": posixpath.join(top, "include", distribution),
            },
            interpreter="/usr/bin/env python3",
            script_kind="posix",
        )

    def write_file(
        self, scheme: Scheme, path: Union[str, "os.PathLike[str]"], stream: BinaryIO, is_executable: bool
    ) -> RecordEntry:
        path = os.fspath(path)
        # installer joins paths as they are: a wheel must not write outside of its directory.
        if posixpath.isabs(path) or ".." in path.split("/"):
            raise BadWheel(f"it has a file outside of itself, {path!r}")
        return super().write_file(scheme, path, stream, is_executable)

    def write_script(self, name: str, module: str, attr: str, section: str) -> RecordEntry:
        return RecordEntry(name, None, None)

    def finalize_installation(
        self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]
    ) -> None:
        # A record without a hash is RECORD itself, or a script that `write_script` did not write.
        written = [
            (scheme, RecordEntry(self._below_top(file_scheme, record.path), record.hash_, record.size))
            for file_scheme, record in records
            if record.hash_ is not None or record.path == record_file_path
        ]
        super().finalize_installation(scheme, record_file_path, written)

    def _below_top(self, scheme: Scheme, path: str) -> str:
        top = self.scheme_dict["purelib"]
        return posixpath.normpath(posixpath.join(posixpath.relpath(self.scheme_dict[scheme], top), path))


def lay_out(wheel: Path, site_packages: Path) -> None:
    """Unpacks `wheel` below `site_packages`, or raises BadWheel."""
    site_packages.mkdir(parents=True, exist_ok=True)
    try:
        with WheelFile.open(wheel) as source:
            destination = SitePackages(site_packages, source.distribution)
            installer.install(source, destination, additional_metadata={})
    except zipfile.BadZipFile as error:
        raise BadWheel(f"it is not a ZIP archive, or a damaged one ({error})") from error
    except FileExistsError as error:
        raise BadWheel("two of its files have one place in site-packages: " + str(error).rpartition("/")[2]) from error
    except (InstallerError, InvalidRecordEntry, KeyError, ValueError, AssertionError) as error:
        reason = " ".join(str(error.args[0] if error.args else error).split())
        raise BadWheel(f"it does not follow the wheel specification ({reason})") from error


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True, help="the .whl file")
    parser.add_argument("--site_packages", type=Path, required=True, help="directory to fill")
    flags = parser.parse_args()
    try:
        lay_out(flags.wheel, flags.site_packages)
    except BadWheel as error:
        print(f"{flags.wheel.name}: bad wheel: {error}: get the file again, or another version", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
