"""The policies are auditwheel's, for every machine."""

import pytest
from auditwheel.architecture import Architecture
from auditwheel.libc import Libc
from auditwheel.policy import WheelPolicies

from tools.par.demands import Demand
from tools.par.policies import Policies, UnknownPolicy

MACHINES = ["aarch64", "armv7l", "i686", "ppc64le", "riscv64", "s390x", "x86_64"]


def demand(versions: "dict[str, list[str]]", undefined: "tuple[str, ...]" = (), **options) -> Demand:
    libraries = {library: frozenset(each) for library, each in versions.items()}
    return Demand("_main/one.so", libraries, {}, frozenset(undefined), **options)


def auditwheels(machine: str) -> WheelPolicies:
    return WheelPolicies(libc=Libc.GLIBC, arch=Architecture(machine))


@pytest.mark.parametrize("machine", MACHINES)
def test_each_version_of_symbols(machine: str) -> None:
    theirs, ours = auditwheels(machine), Policies(machine)
    versions = {f"{kind}_{number}" for policy in theirs for kind, numbers in policy.symbol_versions.items() for number in numbers}
    assert len(versions) > 30
    for version in sorted(versions | {"GLIBC_9.9", "GLIBC_PRIVATE", "GLIBCXX_9.9", "OPENSSL_3.0.0"}):
        assert ours.met_by(demand({"libc.so.6": [version]})) == theirs.versioned_symbols_policy({"libc.so.6": {version}}), version


@pytest.mark.parametrize("machine", MACHINES)
def test_several_versions(machine: str) -> None:
    theirs, ours = auditwheels(machine), Policies(machine)
    together = {"libc.so.6": ["GLIBC_2.34"], "libstdc++.so.6": ["GLIBCXX_3.4.30"]}
    policy = ours.met_by(demand(together))
    assert policy == theirs.versioned_symbols_policy({name: set(versions) for name, versions in together.items()})
    assert {each.what for each in ours.offences(demand(together), ours.older(policy))} == {"GLIBCXX_3.4.30 of libstdc++.so.6"}


def test_machines_differ() -> None:
    """What is old on one machine is unknown on another."""
    assert Policies("x86_64").met_by(demand({"libc.so.6": ["GLIBC_2.2.5"]})).name == "manylinux_2_5_x86_64"
    assert Policies("aarch64").met_by(demand({"libc.so.6": ["GLIBC_2.17"]})).name == "manylinux_2_17_aarch64"
    assert Policies("aarch64").met_by(demand({"libc.so.6": ["GLIBC_2.2.5"]})).name == "linux_aarch64"


def test_libraries() -> None:
    policies = Policies("x86_64")
    assert policies.met_by(demand({"libz.so.1": []})).name == "manylinux_2_5_x86_64"
    assert policies.met_by(demand({"libexpat.so.1": []})).name == "manylinux_2_12_x86_64"
    assert policies.met_by(demand({"libcuda.so.1": []})).name == "linux_x86_64"
    assert policies.met_by(demand({"libcuda.so.1": []}, declared=frozenset(["libcuda.so.1"]))).name == "manylinux_2_5_x86_64"


def test_symbols_that_no_wheel_may_take() -> None:
    policies = Policies("x86_64")
    taken = demand({"libz.so.1": []}, undefined=("inflate", "zcalloc"))
    assert policies.met_by(taken).name == "linux_x86_64"
    assert [each.what for each in policies.offences(taken, policies.oldest)] == ["zcalloc of libz.so.1"]
    assert policies.met_by(demand({"libc.so.6": []}, undefined=("zcalloc",))).name == "manylinux_2_5_x86_64"


def test_instructions() -> None:
    assert Policies("x86_64").met_by(demand({}, instructions="x86_64_v3")).name == "linux_x86_64"


def test_names() -> None:
    policies = Policies("aarch64")
    assert policies.named("manylinux2014") == policies.named("manylinux_2_17")
    assert policies.short_name(policies.named("manylinux_2_28")) == "manylinux_2_28"
    for unknown in ("manylinux_2_5", "manylinux_2_29", "linux", "x"):
        with pytest.raises(UnknownPolicy, match=f"{unknown} is no manylinux policy for aarch64: there are manylinux_2_17, manylinux_2_24"):
            policies.named(unknown)
    with pytest.raises(UnknownPolicy, match="auditwheel knows no manylinux policy for pdp11"):
        Policies("pdp11")


def test_lowest_glibc() -> None:
    policies = Policies("x86_64")
    assert policies.lowest_glibc("GLIBC_2.3.4") == (2, 3, 4)
    assert policies.lowest_glibc("GLIBC_ABI_DT_RELR") == (2, 36)
    assert policies.lowest_glibc("GLIBC_PRIVATE") is None
