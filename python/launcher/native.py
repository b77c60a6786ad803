"""Loads the native members of the par: what the dynamic linker reads of each goes into a memfd, which it opens as /proc/self/fd/N;
the rest is mapped from the par (python/interposer/library.c).

glibc takes a path that it has seen before for the object it has loaded, without looking at the file. So every member gets
a path of its own for the life of the process; it stays good for dlopen after the descriptor is closed.
"""

import _thread
import posix
import sys
from _frozen_importlib import ModuleSpec

from _rules_par import memory
from _rules_par.interposer import Interposer
from _rules_par.importer import create_dynamic  # not what that puts in its place

_DESCRIPTORS = "/proc/self/fd"
_NO_MODULE = "rules_par_no_module"
_COPY = "the copy in memory"  # in messages, for its path


def open_library(path: str) -> None:
    """dlopen without ctypes: the import machinery opens the file, finds no module in it, and leaves it open."""
    try:
        create_dynamic(ModuleSpec(_NO_MODULE, None, origin=path))
    except ImportError as error:
        if _NO_MODULE not in str(error):
            raise


def _mapped_name(member: str) -> str:
    """The whole path, because base names repeat; without "/", because pmap prints what follows the last one."""
    return member.replace("/", ":")


class Natives:
    """The native members of a par, by number (ARCHITECTURE.md, section 3)."""

    def __init__(self, archive):
        self._archive = archive
        self._table = None
        self._paths = {}  # number -> path known to the dynamic linker
        self.lock = _thread.RLock()
        posix.register_at_fork(after_in_child=self.lock._at_fork_reinit)
        self._interposer = Interposer(archive, lambda: self)
        self._opened = 0
        self._host = None

    def serve_host_libraries(self) -> bool:
        """Lets libraries of the host that are loaded by now read the par; False when nobody can."""
        module = self._interposer.module()
        if module is None:
            return False
        module.redirect()
        return True

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
                path = self._load(number)
                self._remember(number, path)
            return path

    def _known_to_another_interpreter(self, number: int) -> "str | None":
        path = memory.stub and memory.stub.path_of(number)
        if path:
            self._paths[number] = path
        return path

    def _remember(self, number: int, path: str) -> None:
        if self._paths.setdefault(number, path) is path and memory.stub:
            memory.stub.set_path(number, path)

    def _load(self, number: int) -> str:
        member, offset, size, dependencies, cycle, _, plan, *needs = self._read()[0][number]
        for dependency in dependencies:
            self.load(dependency)
        for name in needs:
            self.host.load(name)
        if number in self._paths:  # known, or loaded just now by a member of its cycle
            return self._paths[number]
        try:
            module = self._interposer.module()
            if cycle:
                descriptor, path = -1, self._place_cycle(number, cycle)
            else:
                descriptor = self._memfd(module if plan else None, member, offset, size, plan)
                path = self.new_path(descriptor)
        except OSError as error:
            raise self._failed(member, f"{error.strerror}: allow memfd_create, raise the limits of memory, file size and open files") from None
        try:
            if module is None:
                open_library(path)
            else:
                error = module.open_library(path, sys.getdlopenflags(), descriptor, offset, size, plan, not self._archive.embedded)
                if error:
                    raise ImportError(error)
        except ImportError as error:
            reason = str(error).replace(path, _COPY)
            name, _, what = reason.partition(": ")
            if "static TLS" in reason:
                reason += ': ld.so keeps little for libraries that are loaded late, and enough with mode = "full"'
            if what.startswith("cannot open shared object file") and name != _COPY:
                reason += f': nothing in the par has it: add what does to the program, or host_libraries = ["{name}"] if this machine has it'
            raise self._failed(member, reason) from None
        finally:
            if descriptor >= 0:
                posix.close(descriptor)
        return path

    def _place_cycle(self, number: int, cycle: tuple) -> str:
        """Members that need each other name each other by path; those paths keep their descriptors."""
        members = self._read()[0]
        descriptors = {}
        for each in cycle:
            member, offset, size = members[each][:3]
            descriptors[each] = memory.library(self._archive, _mapped_name(member), offset, size, False)
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
        return self._paths[number]

    def _memfd(self, module, member: str, offset: int, size: int, plan: bytes) -> int:
        name = _mapped_name(member)
        if module is None:
            return memory.library(self._archive, name, offset, size, True)
        descriptor = module.make_library(name.encode("utf-8", "surrogateescape")[-memory.LONGEST_NAME :], offset, size, plan)
        if descriptor < 0:
            raise OSError(-descriptor, posix.strerror(-descriptor))
        return descriptor

    def new_path(self, descriptor: int) -> str:
        """A path to the descriptor that no object was opened by before: a counter, written with "/" and "/."."""
        self._opened = memory.stub.next_number() if memory.stub else self._opened + 1
        counter = "".join("/." if bit == "1" else "/" for bit in f"{self._opened:b}")
        return f"{_DESCRIPTORS}{counter}/{descriptor}"

    def _failed(self, member: str, reason: str) -> ImportError:
        path = f"{self._archive.path}/{member}"
        return ImportError(f"{path}: cannot be loaded from memory: {reason}", path=path)
