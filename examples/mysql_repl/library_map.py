"""Where each shared object of this process is mapped from: memory, or a file of the host."""

import os
import sys
from dataclasses import dataclass

_MEMFD = "/memfd:"
_DELETED = " (deleted)"


@dataclass
class Library:
    """`origin` is the path of the file, or the name of the memfd as /proc shows it."""

    origin: str
    kib: int = 0

    @property
    def in_memory(self) -> bool:
        return self.origin.startswith(_MEMFD)

    @property
    def is_program(self) -> bool:
        """A par with its own Python is the program, and maps what it has from itself."""
        return self.origin == os.path.realpath("/proc/self/exe") and self.origin == os.path.realpath(sys.argv[0])

    @property
    def name(self) -> str:
        if self.in_memory:  # a memfd of the par is named after the member, with ":" for "/"
            return self.origin.removesuffix(_DELETED).rpartition(":")[2]
        return os.path.basename(self.origin)


def libraries(maps: str = "/proc/self/maps") -> list[Library]:
    """All that the process has mapped executable code from; those in memory first, else by name."""
    found: dict[str, Library] = {}
    executable = set()
    with open(maps, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            addresses, mode, _, _, _, *path = line.rstrip("\n").split(maxsplit=5)
            if not path or not path[0].startswith("/"):
                continue  # anonymous, [heap], [stack], [vdso]
            start, end = (int(address, 16) for address in addresses.split("-"))
            found.setdefault(path[0], Library(path[0])).kib += (end - start) // 1024
            if "x" in mode:
                executable.add(path[0])
    code = [library for origin, library in found.items() if origin in executable]
    return sorted(code, key=lambda library: (not library.in_memory, library.name))


def report() -> str:
    """The libraries as a table, and in a last line how many come from where."""
    every = libraries()
    width = max(len(library.name) for library in every)
    lines = [f"{'LIBRARY':{width}}  {'KiB':>6}  MAPPED FROM"]
    for library in every:
        origin = "memfd" if library.in_memory else "the par itself" if library.is_program else library.origin
        lines.append(f"{library.name:{width}}  {library.kib:6}  {origin}")
    from_memory = sum(library.in_memory for library in every)
    from_files = len(every) - from_memory
    if any(library.is_program for library in every):
        lines.append(f"{from_memory} from memfds, one from the par; {from_files - 1} from files of the host")
    else:
        said = f"{from_files} from files of the host: Python, what it needs for itself, and libc"
        lines.append(f"{from_memory} from memfds: the par's; {said}")
    return "\n".join(lines) + "\n"
