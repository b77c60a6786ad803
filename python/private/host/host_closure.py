"""Finds shared libraries of this machine with everything they need, for a repository rule.

    host_closure.py --output=DIRECTORY [--search_directory=DIRECTORY ...] SONAME ...

copies each found library to DIRECTORY/SONAME and prints a JSON list of [SONAME, where it was]. Looks where the dynamic
linker looks: RPATH or RUNPATH of the library that needs it, then the given directories, ldconfig's cache and the
standard directories. What host_policy leaves to the host is neither followed nor copied. When a library is missing:
status 1 and on stderr one line.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from host_policy import is_left_to_host


class MissingLibrary(Exception):
    """A library was not found; the text is one line."""


@dataclass(frozen=True)
class Library:
    """What matters here of a shared object's dynamic section."""

    path: Path
    machine: str
    needed: tuple[str, ...]
    run_path: tuple[str, ...]


def read_library(path: Path) -> Optional[Library]:
    """Reads an ELF file; None if it is something else."""
    try:
        with open(path, "rb") as stream:
            elf = ELFFile(stream)
            machine = f"{elf['e_machine']}-{elf.elfclass}"
            dynamic = elf.get_section_by_name(".dynamic")
            tags = list(dynamic.iter_tags()) if dynamic else []
    except (ELFError, OSError):
        return None
    needed = tuple(tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED")
    run_path = [tag.runpath for tag in tags if tag.entry.d_tag == "DT_RUNPATH"]
    run_path = run_path or [tag.rpath for tag in tags if tag.entry.d_tag == "DT_RPATH"]
    origin = str(path.resolve().parent)
    directories = [re.sub(r"\$ORIGIN|\$\{ORIGIN\}", origin, entry) for value in run_path for entry in value.split(":")]
    return Library(path, machine, needed, tuple(entry for entry in directories if entry and "$" not in entry))


class Finder:
    """Finds libraries for the machine that this Python runs on."""

    def __init__(self, search_directories: Sequence[str]) -> None:
        python = read_library(Path(sys.executable).resolve())
        # A Python in a wrapper script tells nothing: /proc has the program that really runs.
        python = python or read_library(Path("/proc/self/exe"))
        self.machine = python.machine if python else None
        self.search_directories = list(search_directories)
        self.cache = dict(_ldconfig_cache())
        multiarch = sysconfig.get_config_var("MULTIARCH")
        triplets = [f"/lib/{multiarch}", f"/usr/lib/{multiarch}"] if multiarch else []
        self.standard_directories = [*triplets, "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]

    def find(self, soname: str, needed_by: Optional[Library]) -> Library:
        """The library of that name, or raises MissingLibrary."""
        other_machines = []
        for path in self._candidates(soname, needed_by):
            library = read_library(path) if path.is_file() else None
            if library and self.machine in (None, library.machine):
                return library
            if library:
                other_machines.append(path)
        what = f"{soname} not found"
        if other_machines:
            what += f" for this machine ({other_machines[0]} is for another)"
        if needed_by:
            what += f", which {needed_by.path.name} needs"
        raise MissingLibrary(f"{what}: {package_hint(soname)}")

    def _candidates(self, soname: str, needed_by: Optional[Library]) -> Iterator[Path]:
        for directory in [*(needed_by.run_path if needed_by else ()), *self.search_directories]:
            yield Path(directory, soname)
        yield from self.cache.get(soname, [])
        for directory in self.standard_directories:
            yield Path(directory, soname)


def _ldconfig_cache() -> Iterator[tuple[str, list[Path]]]:
    # It is not on every user's PATH.
    ldconfig = shutil.which("ldconfig", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
    if not ldconfig:
        return
    listing = subprocess.run([ldconfig, "-p"], stdout=subprocess.PIPE, text=True, errors="replace", check=False).stdout
    found: dict[str, list[Path]] = {}
    for soname, path in re.findall(r"^\s+(\S+) \(.*\) => (/.*)$", listing, re.MULTILINE):
        found.setdefault(soname, []).append(Path(path))
    yield from found.items()


def debian_package(soname: str) -> Optional[str]:
    """The name Debian's policy gives the package of a shared library."""
    parts = re.fullmatch(r"(?P<name>lib.+?)(?:\.so\.(?P<version>[\w.]+)|-(?P<inside>[\d.]+)\.so)", soname)
    if not parts:
        return None
    name, version = parts["name"], parts["version"] or parts["inside"]
    # A name that ends in a digit needs something between it and the version.
    joint = "-" if name[-1].isdigit() else ""
    return f"{name}{joint}{version}".lower().replace("_", "-")


def package_hint(soname: str) -> str:
    """What to do when a library is missing."""
    package = debian_package(soname)
    debian = f"Debian: apt-get install {package}; " if package else ""
    return f"install the distribution's package that has it ({debian}Fedora: dnf install '{soname}()(64bit)')"


def closure(sonames: Sequence[str], finder: Finder, needed_by: Optional[Library] = None) -> dict[str, Library]:
    """The libraries named, which `needed_by` asks for, and all that they need, by the name they are asked for."""
    found: dict[str, Library] = {}
    pending = [(soname, needed_by) for soname in sonames]
    while pending:
        soname, asking = pending.pop(0)
        if soname in found or is_left_to_host(soname):
            continue
        found[soname] = library = finder.find(soname, asking)
        pending += [(needed, library) for needed in library.needed]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="directory for the copies")
    parser.add_argument("--search_directory", action="append", default=[], help="searched before ldconfig's cache")
    parser.add_argument("sonames", nargs="+", metavar="SONAME", help="library to start from, such as libz.so.1")
    flags = parser.parse_args()
    try:
        found = closure(flags.sonames, Finder(flags.search_directory))
    except MissingLibrary as error:
        print(error, file=sys.stderr)
        return 1
    flags.output.mkdir(parents=True, exist_ok=True)
    for soname, library in found.items():
        shutil.copyfile(library.path, flags.output / soname)
    print(json.dumps([[soname, str(found[soname].path.resolve())] for soname in sorted(found)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
