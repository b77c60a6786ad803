"""Full mode: what of libraries outside of the par may be loaded, and how (ARCHITECTURE.md, section 5).

The par's ld.so looks for libraries nowhere: an object from outside finds those that are loaded already. So what it needs of
glibc is loaded before it, from the par, and what the target lists in `host_libraries` from the host, by absolute path.
"""

import posix
import struct
import sys

from _rules_par.native import open_library

_CACHE = "/etc/ld.so.cache"
_CACHE_MAGIC = b"glibc-ld.so.cache1.1"
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH = 1, 5, 15, 29


class HostLibraries:
    """Attributes:
    own: SONAME of every library that is in the par under that name -> its number, -1 for one that is loaded from the start.
    allowed: SONAMEs that the host may provide.
    """

    def __init__(self, natives, own: "dict[str, int]", allowed: "tuple[str, ...]"):
        self.own = own
        self.allowed = allowed
        self._natives = natives
        self._loaded = {}  # SONAME -> path
        self._prepared = set()

    def load(self, name: str) -> str:
        """Loads the host's library of an allowed name; returns its path. Raises ImportError."""
        with self._natives.lock:
            if name not in self._loaded:
                path = self.find(name)
                if path is None:
                    raise ImportError(f"{name}: this host has none for the par to use (host_libraries): install it, or set LD_LIBRARY_PATH")
                self._loaded[name] = path  # before: two may need each other
                try:
                    self.prepare(path, name)
                    open_library(path)
                except ImportError:
                    del self._loaded[name]
                    raise
            return self._loaded[name]

    def find(self, name: str) -> "str | None":
        """Where the host's ld.so would find it."""
        for path in _candidates(name):
            if _is_for_this_machine(path):
                return path
        return None

    def prepare(self, path: str, name: str = "") -> None:
        """Loads what the object at `path` needs and ld.so would not find. An object that is there as `name` of the host may need
        nothing else; one that the program named by its path may have libraries beside it. Raises ImportError."""
        if path in self._prepared:
            return
        self._prepared.add(path)
        try:
            self._prepare(path, name)
        except ImportError:
            self._prepared.discard(path)
            raise

    def _prepare(self, path: str, name: str) -> None:
        needed, directories = _read(path)
        for each in needed:
            if each in self.own:
                if self.own[each] >= 0:
                    self._natives.load(self.own[each])
            elif each in self.allowed:
                self.load(each)
            elif name:
                raise ImportError(f"{name}: the host's {path} needs {each}, which is not in the par: add it to host_libraries too")
            else:
                for directory in directories:
                    if _is_for_this_machine(f"{directory}/{each}"):
                        self.prepare(f"{directory}/{each}")
                        break


def _candidates(name: str):
    """In the order of ld.so(8)."""
    for directory in posix.environ.get(b"LD_LIBRARY_PATH", b"").decode("utf-8", "surrogateescape").replace(";", ":").split(":"):
        if directory:
            yield f"{directory}/{name}"
    yield from _cached(name)
    for directory in ("lib", "lib64"):
        triplet = getattr(sys.implementation, "_multiarch", "")
        for start in ("", "/usr"):
            if triplet:
                yield f"{start}/{directory}/{triplet}/{name}"
            yield f"{start}/{directory}/{name}"


def _cached(name: str):
    """The paths that the host's ld.so.cache has for the name, but for those of special processors."""
    try:
        with open(_CACHE, "rb") as file:
            cache = file.read()
    except OSError:
        return
    cache = cache[cache.find(_CACHE_MAGIC) :]
    if not cache.startswith(_CACHE_MAGIC):
        return
    (count,) = struct.unpack_from("<I", cache, len(_CACHE_MAGIC))
    wanted = name.encode() + b"\0"
    for number in range(count):
        _, key, value, _, processor = struct.unpack_from("<iIIIQ", cache, 48 + 24 * number)
        if not processor and cache.startswith(wanted, key):
            yield cache[value : cache.index(b"\0", value)].decode("utf-8", "surrogateescape")


def _is_for_this_machine(path: str) -> bool:
    """An ELF file of the same class, byte order and machine as this process."""

    def kind(file: str) -> tuple:
        with open(file, "rb") as opened:
            start = opened.read(20)
        return start[:4], start[4:6], start[18:20]

    try:
        return kind(path) == kind("/proc/self/exe")
    except OSError:
        return False


def _read(path: str) -> "tuple[list[str], list[str]]":
    """DT_NEEDED and the directories of DT_RUNPATH; nothing for what is no ELF file, about which ld.so has the message."""
    try:
        with open(path, "rb") as file:
            header = file.read(64)
            if header[:5] != b"\x7fELF\x02":
                return [], []
            (offset,), (size, count) = struct.unpack_from("<Q", header, 32), struct.unpack_from("<HH", header, 54)
            file.seek(offset)
            parts = [struct.unpack("<IIQQQQQQ", file.read(size)[:56]) for _ in range(count)]
            loads = [part for part in parts if part[0] == _PT_LOAD]

            def at(address: int, size: int) -> bytes:
                for _, _, start, virtual, _, length, _, _ in loads:
                    if virtual <= address < virtual + length:
                        file.seek(start + address - virtual)
                        return file.read(min(size, virtual + length - address))
                return b""

            def text(address: int) -> str:
                return at(address, 4096).partition(b"\0")[0].decode("utf-8", "surrogateescape")

            entries = []
            for kind, _, start, _, _, length, _, _ in parts:
                if kind == _PT_DYNAMIC:
                    file.seek(start)
                    entries += struct.iter_unpack("<qQ", file.read(length // 16 * 16))
            (strings,) = [value for tag, value in entries if tag == _DT_STRTAB] or [0]
            needed = [text(strings + value) for tag, value in entries if tag == _DT_NEEDED]
            paths = [text(strings + value) for tag, value in entries if tag in (_DT_RPATH, _DT_RUNPATH)]
    except (OSError, struct.error, ValueError):
        return [], []
    origin = path.rpartition("/")[0] or "."
    directories = [each.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for each in ":".join(paths).split(":")]
    return needed, [each for each in directories if each]
