"""The native members of a par: found, resolved, renamed, tabled."""

import hashlib
import mmap
import pathlib
import posixpath

from tools.builder import closure, elf, soname
from tools.builder.errors import BuildError
from tools.builder.manifest import Manifest
from tools.builder.zip_writer import Member

_SHORTEST_PATH = len("/proc/self/fd/300")


class NativeMembers:
    """The shared objects of a manifest that are for `machine`. Raises BuildError when one needs what nobody provides.

    Attributes:
        members: path -> closure.Native, sorted by path.
    """

    def __init__(self, manifest: Manifest, machine: str, host: "frozenset[str]"):
        self.members: "dict[str, closure.Native]" = {}
        self._digests: "dict[str, bytes]" = {}
        for path, source in manifest.members.items():
            found = source.file and _read(path, source.file)
            if found and found[0].machine == machine:
                self.members[path] = closure.Native(path, found[0], source.aliases)
                self._digests[path] = found[1]
        self._closure = closure.resolve(self.members, manifest.imports, host)
        names = soname.Names()
        self._sonames = {
            path: names.unique(native.elf.soname.text, self._digests[path])
            for path, native in self.members.items()
            if native.elf.soname
        }
        self._patches = {path: self._patch(native, manifest.members[path].file) for path, native in self.members.items()}

    def patches(self, path: str) -> "tuple[tuple[int, bytes], ...]":
        """What the par has instead of the bytes of the file; () for what is not native."""
        return self._patches.get(path, ())

    def _patch(self, native: closure.Native, file: pathlib.Path) -> "tuple[tuple[int, bytes], ...]":
        needed = {}
        for name, provider in self._closure.needed[native.path].items():
            new = self._sonames.get(provider)
            if new is None or len(new) != len(name):
                raise BuildError(
                    f"{provider}: {native.path} needs it as {name}, but it has "
                    + (f"the SONAME {self.members[provider].elf.soname.text}" if new else "no SONAME")
                    + f": link it with -Wl,-soname,{posixpath.basename(name)} and what needs it against that"
                )
            needed[name] = new
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return soname.patches(
                native.path, content, native.elf, self._sonames.get(native.path), needed, self._closure.dropped[native.path]
            )

    def table(self, placed: "dict[str, Member]") -> tuple:
        """The natives record of the index; `placed`: path -> member with its offset. Members of the same content are one:
        wheels ship a library under several names."""
        numbers: "dict[str, int]" = {}
        first: "dict[bytes, str]" = {}
        for path in self.members:
            self_or_twin = first.setdefault(self._digests[path], path)
            numbers[path] = numbers[self_or_twin] if self_or_twin != path else len(first) - 1
        records = tuple(
            (
                path,
                placed[path].offset,
                placed[path].size,
                tuple(dict.fromkeys(numbers[each] for each in self._closure.order[path])),
                tuple(dict.fromkeys(numbers[each] for each in self._closure.cycles.get(path, ()))),
                self._cycle_patches(path, numbers),
            )
            for path in first.values()
        )
        return records, numbers, self._names(numbers)

    def _names(self, numbers: "dict[str, int]") -> "dict[str, int]":
        """SONAMEs, aliases and file names by which one member can be meant; the stronger name wins."""
        names: "dict[str, int]" = {}
        base_names: "dict[str, set[int]]" = {}
        for path, native in self.members.items():
            base_names.setdefault(posixpath.basename(path), set()).add(numbers[path])
            for name in native.names:
                names.setdefault(name, numbers[path])
        unique = {name: numbers.copy().pop() for name, numbers in base_names.items() if len(numbers) == 1}
        return {**unique, **names}

    def _cycle_patches(self, path: str, numbers: "dict[str, int]") -> "tuple[tuple[int, int, int], ...]":
        cycle = self._closure.cycles.get(path, ())
        found = {}
        for each in self.members[path].elf.needed:
            provider = self._closure.needed[path].get(each.name.text)
            if provider in cycle:
                if len(each.name.text) < _SHORTEST_PATH:
                    raise BuildError(
                        f"{path}: it and {provider} need each other, and the name {each.name.text} is too short to become a path "
                        f"in memory ({_SHORTEST_PATH} characters): give the library a longer SONAME"
                    )
                found[each.name.offset] = (each.name.offset, len(each.name.text), numbers[provider])
        return tuple(found[offset] for offset in sorted(found))

    def listing(self) -> dict:
        """What the listing says of each native member."""
        return {
            path: {
                "soname": native.elf.soname.text if native.elf.soname else None,
                "renamed": self._sonames.get(path),
                "needed": self._closure.needed[path],
                "host": self._closure.host[path],
                "dropped": sorted(self._closure.dropped[path]),
            }
            for path, native in self.members.items()
        }


def _read(path: str, file: pathlib.Path) -> "tuple[elf.Elf, bytes] | None":
    """What an ELF shared object says of itself, and the digest of its content."""
    with file.open("rb") as opened:
        if opened.read(4) != b"\x7fELF":
            return None
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = elf.read(path, content)
            return found and (found, hashlib.sha256(content).digest())
