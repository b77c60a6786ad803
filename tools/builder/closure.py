"""Which member satisfies which DT_NEEDED, and in what order members load."""

import collections
import dataclasses
import posixpath
from collections.abc import Callable

from host_policy import OF_THE_INTERPRETER, is_left_to_host

from tools.builder.elf import Elf
from tools.builder.errors import BuildError

@dataclasses.dataclass(frozen=True)
class Native:
    """A native member: a shared object of the par's machine.

    Attributes:
        elf: what it says of itself, as it came.
        aliases: further names that DT_NEEDED may use for it.
        of_wheel: it came with a wheel.
        is_portable: with one that is meant for all hosts.
        renamed: what it says after patchelf changed it; None otherwise.
    """

    path: str
    elf: Elf
    aliases: "tuple[str, ...]" = ()
    of_wheel: bool = False
    is_portable: bool = False
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
        missing: path -> names that nobody provides, of members that the program may never load.
        order: path -> members to load before it, in load order.
        cycles: path -> members that need each other, itself included; only where there is more than one.
    """

    needed: "dict[str, dict[str, str]]"
    host: "dict[str, list[str]]"
    dropped: "dict[str, set[str]]"
    missing: "dict[str, list[str]]"
    order: "dict[str, list[str]]" = dataclasses.field(default_factory=dict)
    cycles: "dict[str, tuple[str, ...]]" = dataclasses.field(default_factory=dict)


def host_policy(name: str) -> bool:
    """Whether a par that brings no libc of its own may leave a library of this name to the host."""
    return name in OF_THE_INTERPRETER or is_left_to_host(name)


def resolve(
    natives: "dict[str, Native]", imports: "tuple[str, ...]", host: "frozenset[str]", policy: Callable[[str], bool] = host_policy
) -> Closure:
    """Resolves the members among themselves, then against what is there without them: the names in `host`, and those that
    `policy` accepts. Raises BuildError that lists every library that nobody provides.

    No error is what only a plug-in of a wheel lacks: a shared object that nobody needs, and that is no extension module, or one
    of a wheel for all hosts. Wheels bring such for hosts that have more than others (a card reader, Kerberos, a runtime for
    threads). It fails when it is opened, in or out of a par. Nor what a program lacks, which then has the host's."""
    resolver = _Resolver(natives, imports, lambda name: name in host or policy(name))
    certain = {
        path
        for path, native in natives.items()
        if native.elf.interpreter is None and (not native.of_wheel or (native.elf.is_extension and not native.is_portable))
    }
    # Who is loaded by whom decides where the dynamic linker looks: what nobody needs comes before what it may lead to.
    needed = {posixpath.basename(each.name.text) for native in natives.values() for each in native.elf.needed}
    starts = sorted(natives, key=lambda path: not needed.isdisjoint(natives[path].names))
    for path in starts:
        if path in certain:
            resolver.visit(path, is_optional=False)
    for path in starts:
        resolver.visit(path, is_optional=True)
    if resolver.missing:
        raise BuildError("\n".join(_missing(name, paths, resolver.closure) for name, paths in sorted(resolver.missing.items())))
    _load_order(resolver.closure)
    return resolver.closure


class _Resolver:
    """Goes from members to what they need, as the dynamic linker does.

    Attributes:
        closure: the result so far.
        missing: name that nobody provides -> the members that cannot do without.
    """

    def __init__(self, natives: "dict[str, Native]", imports: "tuple[str, ...]", is_elsewhere: Callable[[str], bool]):
        self.closure = Closure({}, {}, {}, {})
        self.missing: "dict[str, list[str]]" = {}
        self._natives = natives
        self._imports = imports
        self._is_elsewhere = is_elsewhere
        self._providers: "dict[str, list[str]]" = {}
        for native in natives.values():
            for name in native.names:
                self._providers.setdefault(name, []).append(native.path)

    def visit(self, start: str, is_optional: bool) -> None:
        """Resolves a member that the program opens, and all that it leads to."""
        pending: "collections.deque[tuple[str, tuple[Native, ...]]]" = collections.deque([(start, ())])
        while pending:
            path, loaders = pending.popleft()
            if path not in self.closure.needed:
                chain = (self._natives[path], *loaders)
                self._resolve(chain, is_optional)
                pending.extend((each, chain) for each in self.closure.needed[path].values())

    def _resolve(self, chain: "tuple[Native, ...]", is_optional: bool) -> None:
        path = chain[0].path
        needed = self.closure.needed[path] = {}
        host = self.closure.host[path] = []
        dropped = self.closure.dropped[path] = set()
        missing = self.closure.missing[path] = []
        for name in dict.fromkeys(each.name.text for each in chain[0].elf.needed):
            found = self._find(chain, name)
            if found is not None:
                if found != path:
                    needed[name] = found
            elif name.startswith("libpython3"):
                dropped.add(name)
            elif self._is_elsewhere(name):
                host.append(name)
            elif is_optional:
                missing.append(name)
            else:
                self.missing.setdefault(name, []).append(path)

    def _find(self, chain: "tuple[Native, ...]", name: str) -> "str | None":
        for directory in _search(chain):
            for candidate in _across(posixpath.normpath(posixpath.join(directory, posixpath.basename(name))), self._imports):
                if candidate in self._natives:
                    return candidate
        path, candidates = chain[0].path, self._providers.get(name, [])
        if len(candidates) > 1:
            # The same wheel or repository first: the longest common beginning of the path.
            depth = [len(posixpath.commonprefix([path, each]).split("/")) for each in candidates]
            best = [each for each, near in zip(candidates, depth) if near == max(depth)]
            if len(best) > 1:
                raise BuildError(
                    f"{path}: needs {name}, and {' and '.join(best)} have that name: give one another SONAME, or leave it out"
                )
            return best[0]
        return candidates[0] if candidates else None


def _search(chain: "tuple[Native, ...]") -> "list[str]":
    """Directories of the par where the dynamic linker would look for what chain[0] needs, then the member's own. `chain`: who
    loaded it comes next, and so on. A RUNPATH is for the object that has it; an RPATH is also for what that object loads, unless
    chain[0] has a RUNPATH (ld.so(8))."""
    native = chain[0]
    if native.elf.runpath:
        written = [(native, each) for each in native.elf.runpath]
    else:
        written = [(loader, each) for loader in chain if not loader.elf.runpath for each in loader.elf.rpath]
    directories = []
    for loader, directory in written:
        directory = directory.replace("${ORIGIN}", "$ORIGIN")
        if directory.startswith("$ORIGIN"):
            directories.append(directory.replace("$ORIGIN", posixpath.dirname(loader.path)))
    return [*directories, posixpath.dirname(native.path)]


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
