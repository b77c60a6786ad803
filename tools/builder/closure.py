"""Which member satisfies which DT_NEEDED, and in what order members load."""

import dataclasses
import posixpath
from collections.abc import Callable

from host_policy import is_left_to_host

from tools.builder.elf import Elf
from tools.builder.errors import BuildError

# CPython itself brings these two, so manylinux lets a wheel leave them to the host as well (PEP 600, auditwheel's policy). The
# policy's X11, GL and glib are not here: a server has none of them, and a par that needs them should say so.
_OF_THE_INTERPRETER = frozenset(["libz.so.1", "libexpat.so.1"])


@dataclasses.dataclass(frozen=True)
class Native:
    """A native member: a shared object of the par's machine.

    Attributes:
        elf: what it says of itself, as it came.
        aliases: further names that DT_NEEDED may use for it.
        renamed: what it says after patchelf changed it; None otherwise.
    """

    path: str
    elf: Elf
    aliases: "tuple[str, ...]" = ()
    renamed: "Elf | None" = None

    @property
    def names(self) -> "tuple[str, ...]":
        """What DT_NEEDED may call it."""
        own = self.elf.soname.text if self.elf.soname else posixpath.basename(self.path)
        return tuple(dict.fromkeys((own, *self.aliases)))


@dataclasses.dataclass
class Closure:
    """The result.

    Attributes:
        needed: path -> {DT_NEEDED: path of the member that satisfies it}.
        host: path -> names left to the host.
        dropped: path -> names that nothing needs to satisfy (libpython).
        order: path -> members to load before it, in load order.
        cycles: path -> members that need each other, itself included; only where there is more than one.
    """

    needed: "dict[str, dict[str, str]]"
    host: "dict[str, list[str]]"
    dropped: "dict[str, set[str]]"
    order: "dict[str, list[str]]" = dataclasses.field(default_factory=dict)
    cycles: "dict[str, tuple[str, ...]]" = dataclasses.field(default_factory=dict)


def host_policy(name: str) -> bool:
    """Whether a par that brings no libc of its own may leave a library of this name to the host."""
    return name in _OF_THE_INTERPRETER or is_left_to_host(name)


def resolve(
    natives: "dict[str, Native]", imports: "tuple[str, ...]", host: "frozenset[str]", policy: Callable[[str], bool] = host_policy
) -> Closure:
    """Resolves the members among themselves, then against what is there without them: the names in `host`, and those that
    `policy` accepts. Raises BuildError that lists every library that nobody provides."""
    closure = Closure({}, {}, {})
    providers: "dict[str, list[str]]" = {}
    for native in natives.values():
        for name in native.names:
            providers.setdefault(name, []).append(native.path)
    missing: "dict[str, list[str]]" = {}
    for path, native in natives.items():
        closure.needed[path], closure.host[path], closure.dropped[path] = {}, [], set()
        for name in dict.fromkeys(each.name.text for each in native.elf.needed):
            found = _find(native, name, natives, imports, providers)
            if found is not None:
                if found != path:
                    closure.needed[path][name] = found
            elif name.startswith("libpython3"):
                closure.dropped[path].add(name)
            elif name in host or policy(name):
                closure.host[path].append(name)
            else:
                missing.setdefault(name, []).append(path)
    if missing:
        raise BuildError("\n".join(_missing(name, missing[name], closure) for name in sorted(missing)))
    _load_order(closure)
    return closure


def _find(native: Native, name: str, natives: dict, imports: tuple, providers: dict) -> "str | None":
    for directory in _search(native):
        for candidate in _across(posixpath.normpath(posixpath.join(directory, posixpath.basename(name))), imports):
            if candidate in natives:
                return candidate
    candidates = providers.get(name, [])
    if len(candidates) > 1:
        # The same wheel or repository first: the longest common beginning of the path.
        depth = [len(posixpath.commonprefix([native.path, each]).split("/")) for each in candidates]
        best = [each for each, near in zip(candidates, depth) if near == max(depth)]
        if len(best) > 1:
            raise BuildError(
                f"{native.path}: needs {name}, and {' and '.join(best)} have that name: give one another SONAME, or leave it out"
            )
        return best[0]
    return candidates[0] if candidates else None


def _search(native: Native) -> "list[str]":
    """Directories of the par where the dynamic linker would look, then the member's own."""
    origin = posixpath.dirname(native.path)
    written = native.elf.runpath or native.elf.rpath
    directories = [each.replace("${ORIGIN}", "$ORIGIN") for each in written]
    return [each.replace("$ORIGIN", origin) for each in directories if each.startswith("$ORIGIN")] + [origin]


def _across(path: str, imports: tuple) -> "list[str]":
    """The path, and the same place below every other import root: wheels that expect to lie in one site-packages
    (nvidia's) are in one directory each."""
    paths = [path]
    for root in imports:
        if path.startswith(root + "/"):
            paths += [f"{other}{path[len(root):]}" for other in imports if other != root]
    return paths


def _missing(name: str, needing: "list[str]", closure: Closure) -> str:
    chain = [needing[0]]
    while True:  # who brings the one that needs it
        above = next((each for each, needs in closure.needed.items() if chain[-1] in needs.values() and each not in chain), None)
        if above is None:
            break
        chain.append(above)
    others = f" (and by {len(needing) - 1} more)" if needing[1:] else ""
    return (
        f"{name}: not in the par; needed by {', needed by '.join(chain)}{others}. Add the target that provides it to deps or data "
        f'(a library of the build machine: host.library in MODULE.bazel), or host_libraries = ["{name}"] if every host has it.'
    )


def _load_order(closure: Closure) -> None:
    """Strongly connected components (Tarjan), iteratively: wheels have chains of hundreds."""
    graph = {path: sorted(set(needs.values())) for path, needs in closure.needed.items()}
    number: "dict[str, int]" = {}
    low: "dict[str, int]" = {}
    component: "dict[str, tuple[str, ...]]" = {}
    stack: "list[str]" = []
    for start in graph:
        if start in number:
            continue
        work = [(start, iter(graph[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        while work:
            path, needs = work[-1]
            for need in needs:
                if need not in number:
                    number[need] = low[need] = len(number)
                    stack.append(need)
                    work.append((need, iter(graph[need])))
                    break
                if need not in component:
                    low[path] = min(low[path], number[need])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[path])
                if low[path] == number[path]:
                    at = stack.index(path)
                    members, stack[at:] = tuple(sorted(stack[at:])), []
                    before: "dict[str, None]" = {}
                    for member in members:
                        for need in graph[member]:
                            if need not in members:
                                before.update(dict.fromkeys(closure.order[need]))
                                before.update(dict.fromkeys(closure.cycles.get(need, (need,))))
                    for member in members:
                        component[member] = members
                        closure.order[member] = list(before)
                        if len(members) > 1:
                            closure.cycles[member] = members
