"""What a par asks of the host: the manylinux policy that it meets, the lowest glibc, and libraries of the host."""

import dataclasses

from tools.par import demands
from tools.par.contents import RUNTIME, Contents
from tools.par.demands import Demand, glibc_number
from tools.par.policies import Offence, Policies, by_number
from tools.par.tables import base_names, columns, some


class TooMuch(Exception):
    """The par asks more of the host than it may; the text is one line."""


@dataclasses.dataclass(frozen=True)
class HostLibrary:
    """A library that the par takes from the host.

    Attributes:
        versions: of its symbols that are needed, the lowest first.
        needed_by: the members, sorted.
        is_promised: whether the oldest policy has it, and so every host.
    """

    versions: "tuple[str, ...]"
    needed_by: "tuple[str, ...]"
    is_promised: bool


class Audit:
    """The audit of a par. Raises policies.UnknownPolicy for a machine without policies.

    Attributes:
        policies: those of the machine; None for a par without native code.
        policy: the one that the par meets; None when it asks nothing of the host: full mode, or no native code.
        symbols_policy: the one that it would meet if every library that it needs were in it.
        glibc: the lowest glibc, (2, 17); None when it asks for none.
        only_one_glibc: versions of symbols that are no release's, such as GLIBC_PRIVATE.
        libraries: those of the host, by name.
        held_by: what keeps it from the next older policy.
    """

    def __init__(self, contents: Contents):
        self._contents = contents
        self._demands = demands.of(contents)
        self.policies = Policies(contents.machine) if self._demands else None
        self.libraries = self._host_libraries()
        self.policy = self.symbols_policy = None
        self.held_by: "list[Offence]" = []
        if self.policies and (self.libraries or contents.mode != "full"):
            self.policy = min(map(self.policies.met_by, self._demands))
            self.symbols_policy = min(self.policies.met_by(_without_libraries(each, each.libraries)) for each in self._demands)
            older = self.policies.older(self.policy)
            self.held_by = self._offences(older) if older else []
        versions = [each for library in self.libraries.values() for each in library.versions if each.startswith("GLIBC_")]
        numbers = {version: self.policies.lowest_glibc(version) for version in versions}
        self.glibc = max((number for number in numbers.values() if number), default=None)
        self.only_one_glibc = sorted(version for version, number in numbers.items() if not number)

    def _host_libraries(self) -> "dict[str, HostLibrary]":
        versions: "dict[str, set[str]]" = {}
        needed_by: "dict[str, list[str]]" = {}
        linkers = set()
        for demand in self._demands:
            linkers |= demand.linker.keys()
            for library, needed in {**demand.libraries, **demand.linker}.items():
                versions.setdefault(library, set()).update(needed)
                needed_by.setdefault(library, []).append(demand.path)
        return {
            name: HostLibrary(
                tuple(sorted(versions[name], key=by_number)),
                tuple(needed_by[name]),
                name in linkers or name in self.policies.oldest.whitelist,
            )
            for name in sorted(versions)
        }

    def _offences(self, policy, declared: "frozenset[str]" = frozenset()) -> "list[Offence]":
        return [each for demand in self._demands for each in self.policies.offences(_without_libraries(demand, declared), policy)]

    def require(self, name: str, declared: "frozenset[str]") -> None:
        """Raises TooMuch when the par asks for more than the policy has, beside the libraries in `declared`, and
        UnknownPolicy when there is no such policy."""
        if not self.policies:
            return
        policy = self.policies.named(name)
        offences = self._offences(policy, declared) if self.policy else []
        if not offences:
            return
        members = list(dict.fromkeys(each.path for each in offences))
        worst = next((each for each in offences if each.library), None) or max(offences, key=_weight)
        others = f" (and {len(members) - 1} more members)" if members[1:] else ""
        raise TooMuch(f"needs more of the host than {name} has: {worst.path}: {worst.what}{others}: {self._cure(worst)}")

    def _cure(self, worst: Offence) -> str:
        met = f'say manylinux = "{self.policies.short_name(self.symbols_policy)}"' if self.policies.promises(self.symbols_policy) else ""
        if worst.library:
            return f'add the library to the par, or say host_libraries = ["{worst.library}"] if the hosts have it'
        ways = ["register a Python runtime made for an older glibc" if worst.path.startswith(RUNTIME) else "take one that was built for older hosts"]
        ways += ['say mode = "full", which carries glibc'] if self._contents.mode != "full" else []
        return ", or ".join(filter(None, [*ways, met]))

    def report(self) -> dict:
        """Everything, for machines."""
        contents, about = self._contents, self._contents.root["python"]
        of_host = contents.mode == "system"
        return {
            "mode": contents.mode,
            "python": contents.python,
            "python_of_host": (contents.python if about["exact"] else ">=" + _dotted(about["minimum"])) if of_host else None,
            "machine": contents.machine or None,
            "policy": self.policy.name if self.policy else None,
            "aliases": list(self.policy.aliases) if self.policy else [],
            "symbols_policy": self.symbols_policy.name if self.symbols_policy else None,
            "glibc": _dotted(self.glibc) if self.glibc else None,
            "only_one_glibc": self.only_one_glibc,
            "held_by": [{"member": each.path, "needs": each.what} for each in self.held_by],
            "libraries_of_host": {
                name: {"versions": list(each.versions), "needed_by": list(each.needed_by), "on_every_host": each.is_promised}
                for name, each in self.libraries.items()
            },
            "members": {
                each.path: {name: sorted(versions, key=by_number) for name, versions in sorted({**each.libraries, **each.linker}.items())}
                for each in self._demands
            },
        }

    def lines(self) -> "list[str]":
        """The same for people."""
        report = self.report()
        head = [("mode", report["mode"])]
        head.append(("Python", f"{report['python_of_host']}, of the host" if report["python_of_host"] else f"{report['python']}, in the par"))
        if not self.policies:
            head.append(("policy", "any: there is no native code in the par"))
        elif not self.policy:
            head.append(("policy", "any: the par takes nothing from the host"))
        else:
            aliases = f" ({', '.join(self.policy.aliases)})" if self.policy.aliases else ""
            head.append(("policy", f"{self.policy.name}{aliases}" if self.policies.promises(self.policy) else f"none ({self.policy.name})"))
            if self.symbols_policy != self.policy and self.policies.promises(self.symbols_policy):
                head.append(("", f"{self.symbols_policy.name} on a host that has all libraries below"))
        head.append(("glibc", f"{report['glibc']} or newer" if self.glibc else "none of the host is needed"))
        if self.only_one_glibc:
            head.append(("", f"the very glibc it was built with: {some(self.only_one_glibc)}"))
        lines = columns(head, "")
        if self.held_by:
            lines += ["", "What keeps it from an older policy:", *columns((each.what, each.path) for each in self.held_by[:_SHOWN_LIMITS])]
            if len(self.held_by) > _SHOWN_LIMITS:
                lines.append(f"  and {len(self.held_by) - _SHOWN_LIMITS} more")
        if self.libraries:
            lines += ["", "Libraries of the host:"]
            lines += columns(
                (name, _newest(each.versions), "needed by " + some(base_names(each.needed_by)) + ("" if each.is_promised else "; NOT ON EVERY HOST"))
                for name, each in self.libraries.items()
            )
        return lines


_SHOWN_LIMITS = 10


def _without_libraries(demand: Demand, names) -> Demand:
    """The demand, if a host has libraries of these names whatever a policy says; the versions of their symbols still count."""
    return dataclasses.replace(demand, declared=demand.declared | frozenset(names))


def _weight(offence: Offence) -> tuple:
    return glibc_number(offence.what.partition(" ")[0]) or (0,)


def _newest(versions: "tuple[str, ...]") -> str:
    """The newest of each kind."""
    newest = {version.partition("_")[0]: version for version in versions}
    return ", ".join(newest.values())


def _dotted(version: "tuple[int, ...]") -> str:
    return ".".join(map(str, version))
