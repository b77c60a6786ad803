"""The manylinux policies, and which of them a demand meets: auditwheel's data, and its rules."""

import dataclasses

from auditwheel.architecture import Architecture
from auditwheel.libc import Libc
from auditwheel.policy import Policy, WheelPolicies

from tools.par.demands import Demand, glibc_number


class UnknownPolicy(Exception):
    """There is no such policy for the machine; the text says which there are."""


@dataclasses.dataclass(frozen=True)
class Offence:
    """What of a demand a policy does not have.

    Attributes:
        path: the member.
        what: for people: "GLIBC_2.28 of libc.so.6".
        library: when what is not had is the library itself.
    """

    path: str
    what: str
    library: str = ""


class Policies:
    """The policies for one machine, as `uname -m` says it. auditwheel calls the one that promises nothing "linux".

    A policy of a newer glibc has all that one of an older glibc has, so the policies are a line, and a program meets the
    newest of those that its members meet.
    """

    def __init__(self, machine: str):
        try:
            self._policies = WheelPolicies(libc=Libc.GLIBC, arch=Architecture(machine))
        except ValueError as error:
            raise UnknownPolicy(f"auditwheel knows no manylinux policy for {machine}") from error

    @property
    def oldest(self) -> Policy:
        """What asks nothing meets this one."""
        return self._policies.highest

    def promises(self, policy: Policy) -> bool:
        """Whether it is more than "linux"."""
        return policy != self._policies.linux

    def named(self, name: str) -> Policy:
        """The policy "manylinux_2_28" or "manylinux2014". Raises UnknownPolicy."""
        machine = self._policies.architecture.value
        try:
            policy = self._policies.get_policy_by_name(f"{name}_{machine}")
        except LookupError:
            policy = self._policies.linux
        if not self.promises(policy):
            names = [self.short_name(each) for each in self._policies if self.promises(each)]
            raise UnknownPolicy(f"{name} is no manylinux policy for {machine}: there are {', '.join(reversed(names))}")
        return policy

    def short_name(self, policy: Policy) -> str:
        """Without the machine, as `manylinux` of a target has it."""
        return policy.name[: -len(self._policies.architecture.value) - 1]

    def older(self, policy: Policy) -> "Policy | None":
        """The next older one."""
        return min((each for each in self._policies if each > policy), default=None)

    def met_by(self, demand: Demand) -> Policy:
        """The oldest policy that has all that is demanded."""
        return max(each for each in self._policies if not self.offences(demand, each))

    def offences(self, demand: Demand, policy: Policy) -> "list[Offence]":
        """What is demanded and not in the policy."""
        if not self.promises(policy):
            return []
        found = []
        for library, versions in sorted(demand.libraries.items()):
            if library not in policy.whitelist | demand.declared:
                found.append(Offence(demand.path, library, library))
            for version in sorted(versions, key=by_number):
                kind, _, number = version.partition("_")
                if number not in policy.symbol_versions.get(kind, {number}):
                    found.append(Offence(demand.path, f"{version} of {library}"))
            for symbol in sorted(policy.blacklist.get(library, frozenset()) & demand.undefined):
                found.append(Offence(demand.path, f"{symbol} of {library}"))
        if demand.instructions:
            found.append(Offence(demand.path, f"instructions of {demand.instructions}"))
        return found

    def lowest_glibc(self, version: str) -> "tuple[int, ...] | None":
        """The first release of glibc with a version of symbols; None for what no release promises (GLIBC_PRIVATE)."""
        number = glibc_number(version)
        if number is None:
            having = [each for each in self._policies if version.partition("_")[2] in each.symbol_versions.get("GLIBC", ())]
            if having:
                _, major, minor = self.short_name(max(having)).split("_")
                number = int(major), int(minor)
        return number


def by_number(version: str) -> tuple:
    """A key to sort versions of symbols by."""
    kind, _, number = version.partition("_")
    parts = tuple(int(part) if part.isdigit() else -1 for part in number.split("."))
    return kind, parts, version
