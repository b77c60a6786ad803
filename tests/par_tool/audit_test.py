"""What a par asks of the host."""

import json
from pathlib import Path

import pytest

from tests.builder import objects
from tests.launcher.programs import make_par
from tests.par_tool import pars
from tools.par.audit import TooMuch


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Path]":
    """Libraries of a host; what a member takes from them is up to the test."""
    directory = tmp_path_factory.mktemp("host")
    return {
        "c": pars.host_library(
            directory,
            "libc.so.6",
            {"GLIBC_2.17": ["old"], "GLIBC_2.28": ["newer"], "GLIBC_2.34": ["new"], "GLIBC_9.9": ["future"], "GLIBC_PRIVATE": ["secret"]},
        ),
        "stdc++": pars.host_library(directory, "libstdc++.so.6", {"GLIBCXX_3.4.25": ["stream"], "GLIBCXX_3.4.30": ["format"]}),
        "z": pars.host_library(directory, "libz.so.1", {"ZLIB_1.2.0": ["inflate"], "ZLIB_1.2.9": ["inflate_new"]}),
        "cuda": pars.host_library(directory, "libcuda.so.1", {"CUDA_1": ["launch"]}),
    }


def test_without_native_code(tmp_path: Path) -> None:
    audit = pars.audit_of(tmp_path, {})
    report = audit.report()
    assert (report["policy"], report["glibc"], report["machine"], report["libraries_of_host"]) == (None, None, None, {})
    assert report["python_of_host"] == ">=3.9"
    assert "any: there is no native code in the par" in "\n".join(audit.lines())
    audit.require("manylinux_2_5", frozenset())


def test_policy_and_glibc(tmp_path: Path, host: "dict[str, Path]") -> None:
    one = pars.user_of(tmp_path / "one.so", ["old", "newer"], [host["c"]])
    two = pars.user_of(tmp_path / "two.so", ["old"], [host["c"]])
    audit = pars.audit_of(tmp_path, {"_main/one.so": one, "_main/two.so": two})
    report = audit.report()
    assert (report["policy"].startswith("manylinux_2_28_"), report["glibc"]) == (True, "2.28")
    assert report["held_by"] == [{"member": "_main/one.so", "needs": "GLIBC_2.28 of libc.so.6"}]
    assert report["libraries_of_host"] == {
        "libc.so.6": {"versions": ["GLIBC_2.17", "GLIBC_2.28"], "needed_by": ["_main/one.so", "_main/two.so"], "on_every_host": True}
    }
    assert report["members"] == {
        "_main/one.so": {"libc.so.6": ["GLIBC_2.17", "GLIBC_2.28"]},
        "_main/two.so": {"libc.so.6": ["GLIBC_2.17"]},
    }
    text = "\n".join(audit.lines())
    assert "glibc   2.28 or newer" in text
    assert "GLIBC_2.28 of libc.so.6  _main/one.so" in text


def test_another_library_than_libc_decides(tmp_path: Path, host: "dict[str, Path]") -> None:
    one = pars.user_of(tmp_path / "one.so", ["old", "format"], [host["c"], host["stdc++"]])
    report = pars.audit_of(tmp_path, {"_main/one.so": one}).report()
    assert report["glibc"] == "2.17"
    assert report["policy"].startswith("manylinux_2_35_")  # GCC 12


def test_newer_than_all_policies(tmp_path: Path, host: "dict[str, Path]") -> None:
    one = pars.user_of(tmp_path / "one.so", ["future", "secret"], [host["c"]])
    audit = pars.audit_of(tmp_path, {"_main/one.so": one})
    assert audit.policy.name.startswith("linux_")
    assert audit.glibc == (9, 9)
    assert audit.only_one_glibc == ["GLIBC_PRIVATE"]
    assert "policy  none (linux_" in "\n".join(audit.lines())
    with pytest.raises(TooMuch, match=r'_main/one.so: GLIBC_9.9 of libc.so.6: take one that was built for older hosts, or say mode = "full", which carries glibc$'):
        audit.require("manylinux_2_34", frozenset())


def test_what_a_member_provides_is_no_demand(tmp_path: Path, host: "dict[str, Path]") -> None:
    """Not even under a name that the host has, too: the par has its own."""
    one = pars.user_of(tmp_path / "one.so", ["inflate_new", "old"], [host["z"], host["c"]])
    taken = pars.audit_of(tmp_path, {"_main/one.so": one})
    assert list(taken.libraries) == ["libc.so.6", "libz.so.1"]
    carried = pars.audit_of(tmp_path, {"_main/one.so": one, "_main/libz.so.1": host["z"]})
    assert list(carried.libraries) == ["libc.so.6"]
    assert carried.policy > taken.policy


def test_a_library_that_no_policy_has(tmp_path: Path, host: "dict[str, Path]") -> None:
    one = pars.user_of(tmp_path / "one.so", ["old", "launch"], [host["c"], host["cuda"]])
    audit = pars.audit_of(tmp_path, {"_main/one.so": one}, host_libraries=("libcuda.so.1",))
    assert audit.policy.name.startswith("linux_")
    assert audit.symbols_policy.name.startswith("manylinux_2_17_")
    assert not audit.libraries["libcuda.so.1"].is_promised
    text = "\n".join(audit.lines())
    assert "needed by one.so; NOT ON EVERY HOST" in text
    assert "on a host that has all libraries below" in text
    audit.require("manylinux_2_17", frozenset(["libcuda.so.1"]))
    with pytest.raises(TooMuch, match=r'_main/one.so: libcuda.so.1: add the library to the par, or say host_libraries = \["libcuda.so.1"\]'):
        audit.require("manylinux_2_17", frozenset())


def forbidden(directory: Path, name: str, zlib: Path) -> Path:
    """It takes a symbol of libz that newer versions of it do not show."""
    directory.mkdir()
    loose = objects.library(directory / "libz.so.1", "int z_errmsg(void) { return 1; }", ["-nostdlib"])
    return pars.user_of(directory / name, ["z_errmsg"], [loose])


def test_symbols_that_no_wheel_may_take(tmp_path: Path, host: "dict[str, Path]") -> None:
    """auditwheel looks at extension modules, and at what nothing else needs."""
    one = forbidden(tmp_path / "one", "libone.so", host["z"])
    alone = pars.audit_of(tmp_path, {"_main/libone.so": one})
    assert [each.what for each in alone.held_by] == ["z_errmsg of libz.so.1"]
    user = pars.user_of(tmp_path / "user.so", ["use_libone"], [one], flags=("-Wl,--allow-shlib-undefined",))
    (tmp_path / "needed").mkdir()
    needed = pars.audit_of(tmp_path / "needed", {"_main/libone.so": one, "_main/user.so": user})
    assert needed.held_by == []


def test_symbols_that_may_be_missing_are_not_taken(tmp_path: Path, host: "dict[str, Path]") -> None:
    weak = "extern int z_errmsg(void) __attribute__((weak)); int maybe(void) { return z_errmsg ? z_errmsg() : 0; }\n"
    one = pars.user_of(tmp_path / "one.so", [], [host["z"]], extra=weak)
    assert pars.audit_of(tmp_path, {"_main/one.so": one}).held_by == []


def test_programs_count(tmp_path: Path, host: "dict[str, Path]") -> None:
    """A par of programs alone has a machine as well."""
    start = "int _start(void) { extern int newer(void); return newer(); }"
    program = objects.program(tmp_path / "tool", ["-nostdlib", "-nostartfiles", "-fno-builtin", str(host["c"])], start)
    report = pars.audit_of(tmp_path, {"_main/tool": program}).report()
    assert report["policy"].startswith("manylinux_2_28_")
    assert list(report["members"]) == ["_main/tool"]


@pytest.fixture(scope="module")
def par(tmp_path_factory: pytest.TempPathFactory, host: "dict[str, Path]") -> Path:
    directory = tmp_path_factory.mktemp("par")
    members = {name: pars.user_of(directory / name, [function], [host["c"]]) for name, function in {"one.so": "new", "two.so": "newer"}.items()}
    return make_par(directory / "app.par", {**pars.MAIN, **{f"_main/{name}": file for name, file in members.items()}})


def test_requirement_met(par: Path, tmp_path: Path) -> None:
    pars.tool("audit", "--json", "--manylinux=manylinux_2_34", f"--output={tmp_path / 'met.json'}", par)
    assert json.loads((tmp_path / "met.json").read_text()) == pars.report("audit", par)


def test_requirement_not_met(par: Path) -> None:
    """One message: who needs what, and what to do."""
    failed = pars.tool("audit", "--manylinux=manylinux_2_17", par, status=1)
    assert failed.stdout == ""
    assert failed.stderr == (
        f"{par}: needs more of the host than manylinux_2_17 has: _main/one.so: GLIBC_2.34 of libc.so.6 (and 1 more members): take one "
        'that was built for older hosts, or say mode = "full", which carries glibc, or say manylinux = "manylinux_2_34"\n'
    )
    assert "_main/one.so: GLIBC_2.34" in pars.tool("audit", "--manylinux=manylinux_2_28", par, status=1).stderr


def test_wrong_usage(par: Path, tmp_path: Path) -> None:
    assert "2.28 is no manylinux policy for" in pars.tool("audit", "--manylinux=2.28", par, status=64).stderr
    assert "Exit status:" in pars.tool(status=64).stderr
    assert "Exit status:" in pars.tool("audit", par, par, status=64).stderr
    assert "Exit status:" in pars.tool("help", par, status=64).stderr
    assert "Unknown command line flag 'x'" in pars.tool("audit", "--x", par, status=64).stderr
    assert "No such file or directory" in pars.tool("audit", tmp_path / "none.par", status=66).stderr
    (tmp_path / "text").write_text("no par")
    assert "it has no par header" in pars.tool("audit", tmp_path / "text", status=65).stderr
