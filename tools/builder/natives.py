"""The native members of a par: found, resolved, renamed, tabled."""

import dataclasses
import functools
import hashlib
import mmap
import pathlib
import posixpath
from collections.abc import Callable, Collection

from host_policy import is_of_c

from tools.builder import closure, inspection, soname, sparse, wheels
from tools.builder.manifest import Manifest
from tools.builder.patchelf import Patchelf
from tools.builder.zip_writer import Member

_SHORTEST_PATH = len("/proc/self/fd/300")
_LITTLE = 1 << 20  # bytes


class NativeMembers:
    """The shared objects of a manifest that are for `machine`; those in `keep` keep their SONAMEs. Raises BuildError when one
    needs what nobody provides.

    Attributes:
        members: path -> closure.Native, sorted by path.
        files: path -> the file with the content, which is not the manifest's where patchelf had to make room.
        patches: path -> what the par has instead of the bytes of that file.
        executables: paths of all files, native or not, that are to be executable.
        known: path -> (size, CRC-32) of the file, native or not, without the patches; not of what patchelf has made.
        static_tls: bytes of static TLS that all members together need.
        programs: path -> members to load before it, of programs for the dynamic linker `linker` that have all they need.
    """

    def __init__(
        self,
        manifest: Manifest,
        machine: str,
        host: "frozenset[str]",
        patchelf: Patchelf,
        policy: Callable[[str], bool] = closure.host_policy,
        keep: "frozenset[str]" = frozenset(),
        inspections: "inspection.Inspections | None" = None,
        linker: str = "",
    ):
        self.members: "dict[str, closure.Native]" = {}
        self.files: "dict[str, pathlib.Path]" = {}
        self.patches: "dict[str, tuple[tuple[int, bytes], ...]]" = {}
        self._digests: "dict[str, bytes]" = {}
        of_wheels, portable = wheels.directories(manifest), wheels.portable_members(manifest)
        self._keep = keep & manifest.members.keys()
        self.executables: "set[str]" = set()
        self.known: "dict[str, tuple[int, int]]" = {}
        inspections = inspections or inspection.Inspections()
        for path, source in manifest.members.items():
            if not source.file:
                continue
            found = inspections.of(path, source.file)
            self.known[path] = found.size, found.crc
            if found.is_executable:
                self.executables.add(path)
            if found.elf and found.elf.machine == machine and _is_for(linker, found.elf.interpreter):
                self.members[path] = closure.Native(path, found.elf, source.aliases, path.startswith(of_wheels), path in portable)
                self.files[path] = pathlib.Path(source.file)
                self._digests[path] = found.digest
        self._closure = closure.resolve(self.members, manifest.imports, host, policy)
        self.programs = {path: self._closure.order[path] for path, native in self.members.items() if self._can_be_started(native)}
        for path, native in list(self.members.items()):
            if native.elf.interpreter is not None and path not in self.programs:
                del self.members[path], self.files[path]
        self._identities = {path: self._identity(path) for path in self.members}
        self._sonames = self._unique_sonames()
        for path in self.members:
            self._rename(path, patchelf)
        self.static_tls = sum(native.elf.static_tls for native in self.members.values())

    def _can_be_started(self, native: closure.Native) -> bool:
        reached = [native.path, *self._closure.order[native.path]]
        return native.elf.interpreter is not None and not any(
            self._closure.missing[path] or path in self._closure.cycles for path in reached
        )

    def host_names(self, path: str) -> "list[str]":
        """Names that the member needs of what is there without being a member."""
        return self._closure.host[path]

    def in_layout_order(self, standard: "Collection[str]") -> "list[str]":
        """The members as they are to lie in the par, `standard` being those that come with Python.

        The kernel reads around what is touched, up to megabytes. So at both ends, away from what the program brought along, lies what most
        programs do not load: of Python's extension modules the ones that load much (OpenSSL, SQLite, readline) come last, and
        behind what Python starts from come the small ones.
        """

        def place(path: str) -> "tuple[int, str]":
            if path not in standard:
                return 1, path
            brought = sum(self.files[each].stat().st_size for each in {path, *self._closure.order[path]} & self.files.keys())
            return (0 if brought < _LITTLE else 2), path

        return sorted(self.files, key=place)

    def _identity(self, path: str) -> bytes:
        """Equal for members that one copy in memory can stand for: libraries of the same content that reach the same
        libraries. An extension module stands for itself: every module of a process has a state of its own."""
        digest = hashlib.sha256(self._digests[path])
        reached = {*self._closure.order[path], *self._closure.cycles.get(path, ())}
        for each in sorted({self._digests[each] for each in reached}):
            digest.update(each)
        if self.members[path].elf.is_extension:
            digest.update(path.encode("utf-8", "surrogateescape"))
        return digest.digest()

    def _unique_sonames(self) -> "dict[str, str]":
        """A name for every member that has one, and for those that are needed without having one."""
        names = soname.Names()
        needed = {provider for needs in self._closure.needed.values() for provider in needs.values()}
        unique = {}
        for path, native in self.members.items():
            if native.elf.soname or path in needed:
                name = native.elf.soname.text if native.elf.soname else posixpath.basename(path)
                if path in self._closure.cycles:
                    # The launcher will write a path in memory over it.
                    name = name.rjust(_SHORTEST_PATH, "_")
                unique[path] = name if path in self._keep else names.unique(name, self._identities[path])
        return unique

    def _rename(self, path: str, patchelf: Patchelf) -> None:
        elf_file = self.members[path].elf
        own, dropped = self._sonames.get(path), self._closure.dropped[path]
        needed = {name: self._sonames[provider] for name, provider in self._closure.needed[path].items()}
        try:
            self.patches[path] = _patches(self.files[path], elf_file, own, needed, dropped)
        except soname.NotInPlace:
            self.files[path] = patchelf.rename(path, self.files[path], own, needed)
            del self.known[path]
            elf_file = inspection.inspect(path, self.files[path]).elf
            self.members[path] = dataclasses.replace(self.members[path], renamed=elf_file)
            self.patches[path] = _patches(self.files[path], elf_file, None, {}, dropped)

    def table(self, placed: "dict[str, Member]", allowed: "tuple[str, ...]", page: int) -> tuple:
        """The natives record of the index; `placed`: path -> member with its offset; `allowed`: names that the launcher is to find
        on the host; `page`: what the offsets are multiples of. Members of one identity are one: wheels ship a library under several names."""
        numbers: "dict[str, int]" = {}
        first: "dict[bytes, str]" = {}
        for path in (path for path in self.members if path not in self.programs):
            self_or_twin = first.setdefault(self._identities[path], path)
            numbers[path] = numbers[self_or_twin] if self_or_twin != path else len(first) - 1
        records = tuple(
            (
                path,
                placed[path].offset,
                placed[path].size,
                tuple(dict.fromkeys(numbers[each] for each in self._closure.order[path])),
                tuple(dict.fromkeys(numbers[each] for each in self._closure.cycles.get(path, ()))),
                self._cycle_patches(path, numbers),
                self._plan(path, page),
                *(name for name in self._closure.host[path] if name in allowed),
            )
            for path in first.values()
        )
        return records, numbers, {**dict.fromkeys(allowed, -1), **self._names(numbers)}

    def kept(self, numbers: "dict[str, int]") -> "dict[str, int]":
        """SONAME -> number of the members that others find by it."""
        return {self.members[path].elf.soname.text: numbers[path] for path in sorted(self._keep)}

    def _names(self, numbers: "dict[str, int]") -> "dict[str, int]":
        """SONAMEs, aliases and file names by which one member can be meant; the stronger name wins."""
        names: "dict[str, int]" = {}
        base_names: "dict[str, set[int]]" = {}
        for path, native in self.members.items():
            if path in self.programs:
                continue
            base_names.setdefault(posixpath.basename(path), set()).add(numbers[path])
            for name in native.names:
                names.setdefault(name, numbers[path])
        unique = {name: numbers.copy().pop() for name, numbers in base_names.items() if len(numbers) == 1}
        return {**unique, **names}

    def _cycle_patches(self, path: str, numbers: "dict[str, int]") -> "tuple[tuple[int, int, int], ...]":
        cycle = self._closure.cycles.get(path, ())
        found = {}
        native = self.members[path]
        # Where the names stand is for the file as it is packed; the closure knows them as they were.
        for each in (native.renamed or native.elf).needed:
            provider = self._provider(path, each.name.text, bool(native.renamed))
            if provider in cycle:
                found[each.name.offset] = (each.name.offset, len(each.name.text), numbers[provider])
        return tuple(found[offset] for offset in sorted(found))

    def _plan(self, path: str, page: int) -> bytes:
        if path in self._closure.cycles:
            return b""  # ld.so opens all of them at once
        file = self.members[path].elf
        # What ld.so would load and construct with it; the parts of C are there, and call nothing that others have, too.
        host = tuple(name for name in self._closure.host[path] if not is_of_c(name))
        if host and not all(each.startswith("$") for each in (*file.rpath, *file.runpath)):
            host = None
        arguments = self.files[path], self._digests[path], self.patches[path], page, host
        return (_plan if path in self.known else _plan.__wrapped__)(*arguments)  # a file that patchelf has made has another digest

    def _provider(self, path: str, name: str, is_new: bool) -> "str | None":
        needs = self._closure.needed[path]
        return next((each for old, each in needs.items() if (self._sonames[each] if is_new else old) == name), None)

    def listing(self) -> dict:
        """What the listing says of each native member."""
        return {
            path: {
                "soname": native.elf.soname.text if native.elf.soname else None,
                "renamed": self._sonames.get(path),
                "needed": self._closure.needed[path],
                "host": self._closure.host[path],
                "missing": self._closure.missing[path],
                "dropped": sorted(self._closure.dropped[path]),
            }
            for path, native in self.members.items()
        }


@functools.lru_cache(maxsize=4096)
def _plan(file: pathlib.Path, digest: bytes, patches: "tuple[tuple[int, bytes], ...]", page: int, host: "tuple[str, ...] | None") -> bytes:
    """Of a file with that digest. A worker makes the pars of a program again and again, mostly of the same libraries."""
    del digest
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return sparse.plan(content, patches, page, host)


def _is_for(linker: str, interpreter: "str | None") -> bool:
    """Whether it is a library, or a program that this dynamic linker starts."""
    return interpreter is None or bool(linker) and posixpath.basename(interpreter) == linker


def _patches(file: pathlib.Path, *names) -> "tuple[tuple[int, bytes], ...]":
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return soname.patches(content, *names)
