"""Finds what a Python of this machine consists of, for a repository rule. That Python itself runs it:

    PYTHON local_python.py --output=DIRECTORY

links to everything from DIRECTORY:

    program/NAME    the executable, or libpython where the executable is but a shell around it
    stdlib/         the standard library with lib-dynload; no byte code, nobody's packages
    library/SONAME  shared libraries that the program or an extension module needs
    glibc/SONAME    those that host_policy would leave to the host
    linker/NAME     ld.so

writes the same as DIRECTORY/description.json as it prints, a JSON object (see `describe`), and ends with status 1 and one
line on stderr when a par cannot carry this Python.
"""

import argparse
import json
import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from elftools.elf.elffile import ELFFile
from host_closure import Finder, Library, MissingLibrary, closure, read_library
from host_policy import OF_THE_INTERPRETER, is_left_to_host

# Wheels may ask for these (not all bring an OpenMP of their own), and glibc itself for libgcc_s (pthread_cancel, backtrace),
# so they are there whether or not Python needs them. The stubs and the name service modules matter before glibc 2.34, which made them a part of libc.
_GLIBC = ["libc.so.6", "libm.so.6"]
_GLIBC_IF_PRESENT = [
    "libanl.so.1",
    "libatomic.so.1",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libgomp.so.1",
    "libmvec.so.1",
    "libnss_dns.so.2",
    "libnss_files.so.2",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
]

_NO_DIRECTORIES = {"__pycache__", "dist-packages", "site-packages"}
# EXTERNALLY-MANAGED is the distribution's word to pip about its own directories; a BUILD file would be a package of its own.
_NO_FILES = {"BUILD", "BUILD.bazel", "EXTERNALLY-MANAGED", "REPO.bazel", "WORKSPACE"}
_LIBPYTHON = re.compile(r"libpython3[\w.]*\.so[\w.]*")


class Unsuitable(Exception):
    """A par cannot carry this Python; the text is one line."""


@dataclass
class Elf:
    """What the dynamic section does not say."""

    interpreter: Optional[str] = None
    glibc_versions: list[tuple[int, ...]] = field(default_factory=list)


def read_elf(path: Path) -> Elf:
    """Reads the dynamic linker's path and the versions of glibc's symbols that an ELF file needs."""
    found = Elf()
    with open(path, "rb") as stream:
        elf = ELFFile(stream)
        for segment in elf.iter_segments("PT_INTERP"):
            found.interpreter = segment.get_interp_name()
        needs = elf.get_section_by_name(".gnu.version_r")
        for _, versions in needs.iter_versions() if needs else ():
            names = (re.fullmatch(r"GLIBC_(\d+(?:\.\d+)+)", version.name) for version in versions)
            found.glibc_versions += [tuple(map(int, name[1].split("."))) for name in names if name]
    return found


def glibc_version() -> str:
    """As gnu_get_libc_version has it."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (OSError, ValueError):
        name = version = ""
    if name != "glibc":
        raise Unsuitable(f"{sys.executable} is not made for glibc but for another libc: name an interpreter that is")
    return version


def standard_library(directories: Iterable[str]) -> dict[str, Path]:
    """The files of the standard library, by their path in it. The first directory that has a path counts."""
    found: dict[str, Path] = {}
    for top in directories:
        for directory, subdirectories, files in os.walk(top, followlinks=True):
            within = os.path.relpath(directory, top)
            subdirectories[:] = sorted(set(subdirectories) - _NO_DIRECTORIES)
            for name in files:
                path = os.path.normpath(os.path.join(within, name))
                if _is_wanted(path) and os.path.isfile(os.path.join(directory, name)):
                    found.setdefault(path, Path(directory, name))
    return dict(sorted(found.items()))


def _is_wanted(path: str) -> bool:
    directory, name = os.path.split(path)
    # What an embedding program is linked with: libpython's archive alone is larger than all the rest.
    is_for_linking = directory.startswith("config-") and name.endswith((".a", ".o", ".so"))
    return name not in _NO_FILES and not name.endswith((".pyc", ".pyo")) and not is_for_linking


@dataclass
class Python:
    """This interpreter."""

    executable: Path
    program: Library
    linker_path: str
    search_directories: list[str]


def this_python() -> Python:
    """Resolves virtual environments, symlinks, and scripts that only find the real interpreter."""
    executable = Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
    library = read_library(executable)
    linker_path = read_elf(executable).interpreter if library else None
    if not library or not linker_path:
        raise Unsuitable(f"{executable} is not a dynamically linked program: name an interpreter that is")
    search = [sysconfig.get_config_var("LIBDIR") or ""]
    if sys.base_prefix not in ("/", "/usr"):
        # One that was moved still believes in the directory that it was installed to.
        search.insert(0, os.path.join(sys.base_prefix, "lib"))
    for name in library.needed:
        if _LIBPYTHON.fullmatch(name):
            library = Finder(search).find(name, library)
    return Python(executable, library, linker_path, search)


@dataclass
class Libraries:
    """Shared libraries by SONAME, and who needs which of them."""

    found: dict[str, Library] = field(default_factory=dict)
    of_glibc: set[str] = field(default_factory=set)

    def add(self, needed_by: Library, finder: Finder) -> list[str]:
        """Adds what a file needs; gives the SONAMEs."""
        needed = [name for name in needed_by.needed if not _LIBPYTHON.fullmatch(name)]
        libraries = closure(needed, finder, needed_by)
        self.found.update(libraries)
        for library in [needed_by, *libraries.values()]:
            self.of_glibc.update(filter(is_left_to_host, library.needed))
        return sorted(libraries)


def glibc_family(needed: set[str], linker: Path, notes: dict[str, str]) -> dict[str, Library]:
    """glibc and its companions. They must be of one build, so the directory of ld.so comes first."""
    finder = Finder([str(linker.parent)])
    found = {}
    for name in sorted({*_GLIBC, *_GLIBC_IF_PRESENT, *needed} - {linker.name}):
        if re.match(r"ld[-6]", name):
            continue
        try:
            found[name] = finder.find(name, None)
        except MissingLibrary as error:
            if name in _GLIBC:
                raise
            notes[name] = str(error)
    return found


def link(directory: Path, files: dict[str, Path]) -> None:
    for name, target in files.items():
        place = directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target.absolute())


def extension_modules(stdlib: dict[str, Path]) -> Iterator[tuple[str, Library]]:
    for name, path in stdlib.items():
        library = read_library(path) if ".so" in path.name else None
        if library:
            yield name, library


def describe(output: Path) -> dict[str, object]:
    """Links everything from `output` and tells what there is."""
    python = this_python()
    finder = Finder(python.search_directories)
    linker = Path(os.path.realpath(python.linker_path))
    stdlib = standard_library(dict.fromkeys([sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]))
    if "os.py" not in stdlib:
        raise Unsuitable(f"{python.executable}: its standard library is not in {sysconfig.get_path('stdlib')}: install it")

    notes: dict[str, str] = {}
    libraries = Libraries()
    of_program = libraries.add(python.program, finder)
    of_extensions: dict[str, list[str]] = {}
    objects = [python.program.path]
    for name, module in list(extension_modules(stdlib)):
        try:
            of_extensions[name] = libraries.add(module, finder)
            objects.append(module.path)
        except MissingLibrary as error:
            notes[name] = str(error)
            del stdlib[name]
    for name in sorted(OF_THE_INTERPRETER - libraries.found.keys()):
        # This Python has them inside of itself; wheels may ask for them all the same.
        try:
            libraries.found.update(closure([name], finder))
            of_program.append(name)
        except MissingLibrary as error:
            notes[name] = str(error)
    glibc = glibc_family(libraries.of_glibc, linker, notes)
    objects += [library.path for library in libraries.found.values()]
    floor = max(version for path in objects for version in read_elf(path).glibc_versions)

    program_name = python.program.path.name
    link(output / "program", {program_name: python.program.path})
    link(output / "stdlib", stdlib)
    link(output / "library", {name: library.path for name, library in libraries.found.items()})
    link(output / "glibc", {name: library.path for name, library in glibc.items()})
    link(output / "linker", {Path(python.linker_path).name: linker})
    watched = [python.executable, python.program.path, linker]
    watched += [library.path for library in [*libraries.found.values(), *glibc.values()]]
    return {
        "abi": sysconfig.get_config_var("SOABI"),
        "extensions": of_extensions,  # of the standard library, with the SONAMEs that each needs
        "full_version": "{}.{}.{}".format(*sys.version_info),
        "glibc": sorted(glibc),
        "glibc_floor": ".".join(map(str, floor)),  # what program, extensions and libraries need
        "glibc_version": glibc_version(),
        "interpreter": str(python.executable),
        "left_out": notes,  # what -> why
        "libraries": of_program,  # SONAMEs that the program itself needs
        "linker": Path(python.linker_path).name,
        "linker_path": python.linker_path,
        "machine": os.uname().machine,
        "program": program_name,
        "version": "{}.{}".format(*sys.version_info),
        "watched": sorted({str(path) for path in watched}),
        "watched_directories": [path for path in [sysconfig.get_path("platstdlib") + "/lib-dynload"] if os.path.isdir(path)],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="directory for the links")
    flags = parser.parse_args()
    try:
        # First: what is below it presumes glibc.
        glibc_version()
        text = json.dumps(describe(flags.output), indent=1, sort_keys=True)
    except (MissingLibrary, Unsuitable) as error:
        print(error, file=sys.stderr)
        return 1
    (flags.output / "description.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
