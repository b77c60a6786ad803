"""Where each shared object of this process is mapped from: the par and memory, or a file of the host."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_MEMFD = "/memfd:"
_DELETED = " (deleted)"


@dataclass
class Library:
    """`origin` is the path of the file, or the name of the memfd as /proc shows it; `parts` is where all of it is from."""

    origin: str
    kib: int = 0
    parts: frozenset[str] = frozenset()
    has_code: bool = False

    @property
    def in_memory(self) -> bool:
        return self.origin.startswith(_MEMFD)

    @property
    def name(self) -> str:
        if self.in_memory:  # a memfd of the par is named after the member, with ":" for "/"
            return self.origin.removesuffix(_DELETED).rpartition(":")[2]
        return os.path.basename(self.origin)

    @property
    def shown_origin(self) -> str:
        if not self.in_memory:
            return "the par" if self.origin == _par() else self.origin
        return "memfd, code from the par" if _par() in self.parts else "memfd"


def _par() -> str:
    return os.path.realpath(sys.argv[0])


def _mappings(maps: str) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, mode, path) of what is mapped from a file or a memfd."""
    with open(maps, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            addresses, mode, _, _, _, *path = line.rstrip("\n").split(maxsplit=5)
            if path and path[0].startswith("/"):  # not anonymous, [heap], [stack], [vdso]
                start, end = (int(address, 16) for address in addresses.split("-"))
                yield start, end, mode, path[0]


def libraries(maps: str = "/proc/self/maps") -> list[Library]:
    """All that the process has mapped executable code from; those in memory first, else by name."""
    found: dict[str, Library] = {}
    following, after = "", -1
    # From the last to the first: what is mapped from the par belongs to the memfd that follows, if one does.
    for start, end, mode, path in sorted(_mappings(maps), reverse=True):
        origin = following if path == _par() and following.startswith(_MEMFD) and end == after else path
        library = found.setdefault(origin, Library(origin))
        library.kib += (end - start) // 1024
        library.parts |= {path}
        library.has_code |= "x" in mode
        following, after = origin, start
    code = [library for library in found.values() if library.has_code]
    return sorted(code, key=lambda library: (not library.in_memory, library.name))


def report() -> str:
    """The libraries as a table, and in a last line how many come from where."""
    every = libraries()
    width = max(len(library.name) for library in every)
    lines = [f"{'LIBRARY':{width}}  {'KiB':>6}  MAPPED FROM"]
    lines += [f"{library.name:{width}}  {library.kib:6}  {library.shown_origin}" for library in every]
    from_memory = sum(library.in_memory for library in every)
    from_host = sum(not library.in_memory and library.origin != _par() for library in every)
    has_own_python = from_memory + from_host < len(every)
    said = ", and Python" if has_own_python else ""
    remark = "" if has_own_python else ": Python, what it needs for itself, and libc"
    lines.append(f"{from_memory} from memfds and the par{said}; {from_host} from files of the host{remark}")
    return "\n".join(lines) + "\n"
