"""Where a live process has its shared libraries from: memory, or the file system.

The report is that of the real `pmap` program, so that a test sees what an administrator sees. A library in a memfd
appears as `/memfd:NAME (deleted)`; for a member of a par NAME is its path with ":" for "/", so that pmap, which shows
only what follows the last "/", shows all of it. That is what the library writes to; its code is mapped from the par.
"""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from rules_par_testing.elf_names import ElfNames, read_elf_names
from rules_par_testing.par_contents import NativeMember
from rules_par_testing.programs import find_program

_MEMFD = "/memfd:"
# 00007f2c8a1d4000     16K r--p- /usr/lib/x86_64-linux-gnu/libz.so.1.3.1
_LINE = re.compile(r"(?P<address>[0-9a-f]{8,16})\s+(?P<size>\d+)K\s+(?P<mode>\S+)\s+(?P<name>\S.*)")


@dataclass(frozen=True)
class Mapping:
    """One line of `pmap -p`.

    Attributes:
        path: of the mapped file; for a memfd its name, with "/" for ":"; "" for anonymous memory, stack and the like.
        in_memory: the mapping is of a memfd.
        line: the line as pmap printed it.
    """

    address: int
    kib: int
    mode: str
    path: str
    in_memory: bool
    line: str

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def in_filesystem(self) -> bool:
        return self.path != "" and not self.in_memory


def parse_pmap(report: str) -> list[Mapping]:
    """The mappings in what `pmap -p PID` printed."""
    mappings = []
    for line in report.splitlines():
        fields = _LINE.fullmatch(line.strip())
        if fields is None:
            continue  # the command line above the mappings, the total below
        name = fields["name"]
        in_memory = name.startswith(_MEMFD)
        if in_memory:
            path = name[len(_MEMFD) :].removesuffix(" (deleted)").replace(":", "/")
        else:
            path = name if name.startswith("/") else ""
        size = int(fields["size"])
        mappings.append(Mapping(int(fields["address"], 16), size, fields["mode"], path, in_memory, line.strip()))
    return mappings


def read_process_maps(pid: int) -> list[Mapping]:
    """What the process has mapped now. Raises AssertionError when pmap shows nothing: no such process, not ours."""
    command = [find_program("pmap"), "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    mappings = parse_pmap(done.stdout)
    if done.returncode != 0 or not mappings:
        raise AssertionError(
            f"`{' '.join(command)}` shows no mappings (status {done.returncode}): is the process alive and ours?\n"
            f"{done.stdout}{done.stderr}"
        )
    return mappings


def assert_mapped_from_memory(pid: int, libraries: "Iterable[str | NativeMember]") -> None:
    """Fails unless the process has a memfd mapping for each of the libraries.

    Args:
        libraries: members as `native_members` gives them; or text, which matches the end of the member's path at a
            `/` ("libmariadb.so.3", "fast/libcodec.so"), or the module name of an extension ("_mysql").
    """
    mappings = read_process_maps(pid)
    from_memory = sorted({mapping.path for mapping in mappings if mapping.in_memory})
    wanted = [library.path if isinstance(library, NativeMember) else library for library in libraries]
    if not wanted:
        raise AssertionError("no library to look for: the check would always pass")
    missing = [library for library in wanted if not any(_is(library, path) for path in from_memory)]
    if missing:
        elsewhere = [m.line for m in mappings if m.in_filesystem and any(_is(library, m.path) for library in missing)]
        raise AssertionError(
            f"not mapped from memory in process {pid}: {', '.join(missing)}\n"
            + _listing("mapped from the file system under such a name:", elsewhere)
            + _listing("mapped from memory:", from_memory)
        )


def assert_no_filesystem_libraries(
    pid: int, libraries: "Iterable[str | NativeMember]", allowed: Iterable[str] = ()
) -> None:
    """Fails if the process has one of the libraries mapped from a file-system path, be it the par's or a copy of
    the host's.

    A mapped file is such a library when it has the same base name (as shipped), or the same SONAME: a host's
    `libz.so.1.3.1` is a `libz.so.1`.

    Args:
        libraries: members as `native_members` gives them, or names ("libssl.so.3").
        allowed: paths that may be mapped nevertheless; see `needed_by_host`.
    """
    names = _names(libraries)
    mappings = [mapping for mapping in read_process_maps(pid) if mapping.in_filesystem]
    objects = _objects(pid, mappings)
    accepted = set(allowed)
    offending = [
        mapping.line
        for mapping in mappings
        if mapping.path not in accepted
        and (mapping.name in names or (mapping.path in objects and objects[mapping.path].soname in names))
    ]
    if offending:
        raise AssertionError(_listing(f"mapped from the file system in process {pid}:", offending))


def needed_by_host(pid: int, libraries: "Iterable[str | NativeMember]") -> set[str]:
    """The mapped files that the host's own programs need: its interpreter, its extension modules (`_ssl`), and what
    these depend on, as far as their DT_NEEDED tell.

    A par in system mode cannot keep the host's Python from loading the host's libraries for itself; what it promises is
    that it does not use them. `libraries` are the par's, as in `assert_no_filesystem_libraries`: nothing is taken for
    the host's own only because it is mapped.
    """
    names = _names(libraries)
    objects = _objects(pid, [mapping for mapping in read_process_maps(pid) if mapping.in_filesystem])
    path_of = {elf.soname or os.path.basename(path): path for path, elf in objects.items()}
    waiting = [path for path, elf in objects.items() if not names & {os.path.basename(path), elf.soname}]
    needed: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path not in needed:
            needed.add(path)
            waiting += [path_of[name] for name in objects[path].needed if name in path_of]
    return needed


def _is(library: str, path: str) -> bool:
    library = library.replace(":", "/")
    if ("/" + path).endswith("/" + library):
        return True
    # memfd_create(2) takes 249 bytes: of a longer path only the end is left.
    if len(path) >= 240 and library.endswith(path):
        return True
    return os.path.basename(path).partition(".")[0] == library


def _names(libraries: "Iterable[str | NativeMember]") -> set[str]:
    names = set()
    for library in libraries:
        if isinstance(library, NativeMember):
            names |= {library.name, library.soname}
        else:
            names.add(os.path.basename(library))
    names.discard("")
    if not names:
        raise AssertionError("no library to look for: the check would always pass")
    return names


def _objects(pid: int, mappings: list[Mapping]) -> dict[str, ElfNames]:
    """The ELF files among the mapped ones, as the process sees the file system."""
    objects = {}
    for path in {mapping.path for mapping in mappings}:
        try:
            with open(f"/proc/{pid}/root{path.removesuffix(' (deleted)')}", "rb") as file:
                content = file.read(4)
                names = read_elf_names(content + file.read()) if content == b"\x7fELF" else None
        except OSError:
            continue  # gone, or never one: /dev/zero, an anonymous file; its base name is still looked at
        if names is not None:
            objects[path] = names
    return objects


def _listing(title: str, lines: list[str]) -> str:
    return "".join([f"{title}\n", *(f"  {line}\n" for line in lines)]) if lines else ""
