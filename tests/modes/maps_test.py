"""Where the code comes from that a par with its own Python runs: the real pmap of a live process."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from rules_par_testing import read_process_maps
from rules_par_testing.process_maps import Mapping

from tests.modes.running import ENVIRONMENT, PARS, HeldProbe, ask

# Loads what the standard library has of shared libraries, the name service, libgcc_s; starts threads and children.
ALL = ["about", "modules", "names", "thread", "libgcc", "gconv", "ls", "fork", "spawn", "interpreter"]
# glibc, and what glibc and the C++ compiler consider part of the system: all that embedded mode may take from the host.
GLIBC_FAMILY = re.compile(r"(ld-linux[\w-]*|lib(c|m|dl|pthread|rt|resolv|util|gcc_s|stdc\+\+|nss_\w+))\.so[.\d]*")


@pytest.fixture
def full(tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS["full"], tmp_path / "full.par"))


@pytest.fixture
def embedded(tmp_path: Path) -> Path:
    return Path(shutil.copy(PARS["embedded"], tmp_path / "embedded.par"))


def of_the_host(pid: int, par: Path) -> list[Mapping]:
    """All mappings of files other than the par, executable or not."""
    mappings = read_process_maps(pid)
    # What is looked for would be found: the par's own mappings are.
    assert [each for each in mappings if each.path == str(par) and "x" in each.mode], mappings
    return [each for each in mappings if each.in_filesystem and each.path != str(par)]


def of_glibc(mapping: Mapping) -> bool:
    return bool(GLIBC_FAMILY.fullmatch(mapping.name)) or Path(mapping.path).parent.name == "gconv"


def executable_without_file(pid: int) -> set[str]:
    """The names by which the kernel knows executable memory that is not of a file; "" has none."""
    lines = [line.split(None, 5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    names = {(line[5] if len(line) > 5 else "") for line in lines if "x" in line[1]}
    assert any(name.startswith("/") for name in names), names
    return {name for name in names if not name.startswith("/")}


@pytest.mark.parametrize("mode", sorted(PARS))
def test_it_carries_the_python_that_it_was_built_with(mode: str) -> None:
    """The version, and whether the interpreter is in the executable or in libpython."""
    version = os.environ["VERSION"]
    with zipfile.ZipFile(PARS[mode]) as par:
        started = {name.removeprefix("_python/boot/") for name in par.namelist() if name.startswith("_python/boot/")}
    program = f"libpython{version}.so.1.0" if os.environ["LIBPYTHON"] == "yes" else f"python{version}"
    assert {name for name in started if "python" in name} == {program}
    assert ask([PARS[mode]], "about")["about"]["version"].startswith(f"{version}.")


@pytest.mark.parametrize("mode", ["embedded", "full"])
def test_what_is_large_lies_behind_small_modules(mode: str) -> None:
    """Of the standard library: the kernel reads around what it loads."""
    with zipfile.ZipFile(PARS[mode]) as par:
        native = [name for name in par.namelist() if re.search(r"\.so[.\d]*$", name) and not name.startswith("_python/boot/")]
    (large,), (small,) = ([name for name in native if re.search(pattern, name)] for pattern in (r"/libcrypto\.so", r"/_queue\..*\.so$"))
    assert native.index(small) < native.index(large)


def test_full_mode_maps_no_file_but_the_par(full: Path) -> None:
    """Not from the start, and not after all that makes libc or Python load something."""
    with HeldProbe(full) as probe:
        assert [each.line for each in of_the_host(probe.pid, full)] == []
    with HeldProbe(full, *ALL) as probe:
        assert [each.line for each in of_the_host(probe.pid, full)] == []
        assert executable_without_file(probe.pid) <= {"[vdso]", "[vsyscall]"}
        assert probe.answers["modules"]["ctypes"] == [True, 2]
        assert probe.answers["libgcc"] > 0


def test_full_mode_has_its_libraries(full: Path) -> None:
    """Those of the standard library are there, by name: their writable parts are memory files."""
    with HeldProbe(full, *ALL) as probe:
        in_memory = {each.name for each in read_process_maps(probe.pid) if each.in_memory}
    assert {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libcrypto.so.3", "libsqlite3.so.0"} <= in_memory


def test_full_mode_loads_no_library_of_the_host_by_name(full: Path) -> None:
    """One that the par lacks is refused with a message; the control is the same in embedded mode."""
    name = "libmariadb.so.3"
    environment = {**ENVIRONMENT, "PROBE_LIBRARY": name}
    assert ask([PARS["embedded"]], "load", env=environment) == {"load": "loaded"}
    with HeldProbe(full, "load", env=environment) as probe:
        assert name in probe.answers["load"] and "cannot open" in probe.answers["load"]
        assert of_the_host(probe.pid, full) == []


def test_full_mode_has_the_libraries_of_gcc(full: Path) -> None:
    """Wheels expect them of the host."""
    for name in ("libstdc++.so.6", "libgomp.so.1"):
        with HeldProbe(full, "load", env={**ENVIRONMENT, "PROBE_LIBRARY": name}) as probe:
            assert probe.answers == {"load": "loaded"}
            assert of_the_host(probe.pid, full) == []


def test_full_mode_takes_no_gconv_module(full: Path) -> None:
    """The host's modules belong to another libc. The control is the same in embedded mode, whose libc is the host's."""
    with HeldProbe(PARS["embedded"], "gconv") as probe:
        assert probe.answers == {"gconv": True}
        assert any("/gconv/" in mapping.path for mapping in read_process_maps(probe.pid))
    with HeldProbe(full, "gconv") as probe:
        assert probe.answers == {"gconv": True}
        assert of_the_host(probe.pid, full) == []


@pytest.mark.parametrize("method", ["-c", "script"])
def test_full_mode_as_an_interpreter(full: Path, tmp_path: Path, method: str) -> None:
    """`sys.executable` takes no more from the host than the program: its own /proc/self/maps."""
    code = "import ctypes, pwd, sqlite3, ssl; print(open('/proc/self/maps').read())"
    script = tmp_path / "script.py"
    script.write_text(code)
    executable = ask([full], "about")["about"]["executable"]
    arguments = {"-c": ["-c", code], "script": [str(script)]}[method]
    done = subprocess.run([executable, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    files = {line.split(None, 5)[5] for line in done.stdout.splitlines() if " /" in line}
    assert str(full) in files
    assert {each for each in files if not each.startswith("/memfd:")} == {str(full)}


def test_embedded_mode_takes_the_glibc_family_only(embedded: Path) -> None:
    with HeldProbe(embedded, *ALL) as probe:
        code = [each for each in of_the_host(probe.pid, embedded) if "x" in each.mode]
        assert "libc.so.6" in {each.name for each in code}
        assert [each.line for each in code if not of_glibc(each)] == []
        assert executable_without_file(probe.pid) <= {"[vdso]", "[vsyscall]"}


def test_the_libraries_of_the_start_run_from_the_par(full: Path, embedded: Path) -> None:
    """What is in memory files is not code: each process would have its own."""
    for par in (full, embedded):
        with HeldProbe(par) as probe:
            in_memory = [each for each in read_process_maps(probe.pid) if each.in_memory]
            assert "libz.so.1" in {each.name for each in in_memory}
            assert {each.name for each in in_memory if "x" in each.mode} <= {"rules_par_audit.so"}


def test_a_preloaded_library_of_the_user_stays_out(full: Path, embedded: Path) -> None:
    """LD_PRELOAD is for the children, which have it: `libmariadb` is one that the par has no use for."""
    library = "libmariadb.so.3"
    environment = {**ENVIRONMENT, "LD_PRELOAD": library}
    for par in (full, embedded):
        with HeldProbe(par, "about", "ls", env=environment) as probe:
            assert library not in Path(f"/proc/{probe.pid}/maps").read_text()
            assert probe.answers["about"]["environ"] == environment
    # The control: there is such a library, and the variable works.
    control = subprocess.run(
        ["/bin/cat", "/proc/self/maps"], env=environment, capture_output=True, text=True, check=True
    )
    assert library in control.stdout
