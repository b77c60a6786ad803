"""Loads the native members of the par: each goes into a memfd and is opened by the dynamic linker as /proc/self/fd/N.

glibc takes a path that it has seen before for the object it has loaded, without looking at the file. So every member gets
a path of its own for the life of the process; it stays good for dlopen after the descriptor is closed.
"""

import _thread
import posix
from _frozen_importlib import ModuleSpec

from _rules_par import memory
from _rules_par.interposer import Interposer
from _rules_par.importer import create_dynamic  # not what that puts in its place

_DESCRIPTORS = "/proc/self/fd"
_NO_MODULE = "rules_par_no_module"


def open_library(path: str) -> None:
    """dlopen without ctypes: the import machinery opens the file, finds no module in it, and leaves it open."""
    try:
        create_dynamic(ModuleSpec(_NO_MODULE, None, origin=path))
    except ImportError as error:
        if _NO_MODULE not in str(error):
            raise


class Natives:
    """The native members of a par, by number (ARCHITECTURE.md, section 3)."""

    def __init__(self, archive):
        self._archive = archive
        self._table = None
        self._paths = {}  # number -> path known to the dynamic linker
        self.lock = _thread.RLock()
        self._interposer = None if archive.embedded else Interposer(archive, lambda: self)
        self._opened = 0
        self._host = None

    def serve_host_libraries(self) -> bool:
        """Lets libraries of the host that are loaded by now read the par; False when nobody can."""
        return self._interposer.redirect(None)

    def _read(self) -> tuple:
        if self._table is None:
            position = self._archive.root["natives"]
            self._table = self._archive.record(position) if position[1] else ((), {}, {})
        return self._table

    @property
    def host(self) -> "HostLibraries | None":
        """In full mode, what there is to say of libraries outside of the par."""
        position = self._archive.root["outside"]
        if self._host is None and position[1]:
            from _rules_par.host_libraries import HostLibraries

            self._host = HostLibraries(self, *self._archive.record(position))
        return self._host

    def by_path(self, relative: str) -> "int | None":
        return self._read()[1].get(relative)

    def load_by_name(self, name: str) -> "str | None":
        """As `load`, for the member with this SONAME or unique file name, or the host's library that stands for one; None when
        there is none."""
        number = self._read()[2].get(name)
        if number is None:
            return None
        return self.load(number) if number >= 0 else self.host.load(name)

    def names(self):
        return self._read()[2]

    def load(self, number: int) -> str:
        """Loads a member, its dependencies first; returns the path under which dlopen finds it. Raises ImportError.
        Runs no code of a module, which might wait for another thread that waits for us."""
        with self.lock:
            path = self._paths.get(number) or self._known_to_another_interpreter(number)
            if path is None:
                path, descriptors = self._open(number)
                try:
                    open_library(path)
                except ImportError as error:
                    reason = str(error).replace(path, "the copy in memory")
                    if "static TLS" in reason:
                        reason += ': ld.so keeps little for libraries that are loaded late, and enough with mode = "full"'
                    raise self._failed(self._read()[0][number][0], reason) from None
                finally:
                    for descriptor in descriptors:
                        posix.close(descriptor)
                self._remember(number, path)
                if self._interposer:
                    self._interposer.redirect(path)
            return path

    def _known_to_another_interpreter(self, number: int) -> "str | None":
        path = memory.stub and memory.stub.path_of(number)
        if path:
            self._paths[number] = path
        return path

    def _remember(self, number: int, path: str) -> None:
        if self._paths.setdefault(number, path) is path and memory.stub:
            memory.stub.set_path(number, path)

    def _open(self, number: int) -> "tuple[str, tuple]":
        member, offset, size, dependencies, cycle, _, *needs = self._read()[0][number]
        for dependency in dependencies:
            self.load(dependency)
        for name in needs:
            self.host.load(name)
        if number in self._paths:  # known, or loaded just now by a member of its cycle
            return self._paths[number], ()
        if cycle:
            return self._open_cycle(number, cycle)
        descriptor = self._memfd(member, offset, size, True)
        return self.new_path(descriptor), (descriptor,)

    def _open_cycle(self, number: int, cycle: tuple) -> "tuple[str, tuple]":
        """Members that need each other name each other by path; those paths keep their descriptors."""
        members = self._read()[0]
        descriptors = {}
        for each in cycle:
            member, offset, size = members[each][:3]
            descriptors[each] = self._memfd(member, offset, size, False)
        for each in cycle:
            for offset, length, target in members[each][5]:
                path = f"{descriptors[target]}".rjust(length - len(_DESCRIPTORS), "/")
                if path[0] != "/":
                    raise self._failed(members[each][0], "the name of a library it needs is too short for a path in memory")
                path = _DESCRIPTORS + path
                self._remember(target, path)
                posix.pwrite(descriptors[each], path.encode(), offset)
            memory.seal(descriptors[each])
        for each in cycle:
            if each not in self._paths:
                self._remember(each, self.new_path(descriptors[each]))
        return self._paths[number], ()

    def _memfd(self, member: str, offset: int, size: int, sealed: bool) -> int:
        try:
            # The whole path, because base names repeat; without "/", because pmap prints what follows the last one.
            return memory.library(self._archive, member.replace("/", ":"), offset, size, sealed)
        except OSError as error:
            raise self._failed(member, f"{error.strerror}: allow memfd_create, raise the limits of memory, file size and open files") from None

    def new_path(self, descriptor: int) -> str:
        """A path to the descriptor that no object was opened by before: a counter, written with "/" and "/."."""
        self._opened = memory.stub.next_number() if memory.stub else self._opened + 1
        counter = "".join("/." if bit == "1" else "/" for bit in f"{self._opened:b}")
        return f"{_DESCRIPTORS}{counter}/{descriptor}"

    def _failed(self, member: str, reason: str) -> ImportError:
        path = f"{self._archive.path}/{member}"
        return ImportError(f"{path}: cannot be loaded from memory: {reason}", path=path)
