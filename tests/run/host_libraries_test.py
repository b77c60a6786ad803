"""The par's libraries and the host's of the same names in one process: each is used by those who came with it.

The host's `_ssl` needs the host's libssl.so.3; the par's libmariadb.so.3 needs the par's. Whoever loads first must not
serve the other. pmap shows what is mapped; what is used, the dynamic linker itself tells (LD_DEBUG=bindings).
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rules_par_testing import (
    assert_mapped_from_memory,
    assert_no_filesystem_libraries,
    native_members,
    needed_by_host,
    read_process_maps,
)
from rules_par_testing.elf_names import read_elf_names

from tests.run.live_par import ENVIRONMENT, LivePar, interpreter_of

PAR = Path(os.environ["PAR"]).absolute()
SHARED_NAMES = {"libssl.so.3", "libcrypto.so.3"}
_USE_HOST = """
import hashlib, ssl, zlib
ssl.create_default_context()
result = [ssl.OPENSSL_VERSION, hashlib.sha256(b"x").hexdigest(), zlib.decompress(zlib.compress(b"x" * 999)).decode()]
"""
# What `python3 app.par` does, after the host's modules are in use.
_RUN_PAR = f"""
import runpy, sys
{_USE_HOST}
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def par(tmp_path: Path) -> Path:
    return Path(shutil.copy(PAR, tmp_path / "x.par"))


def test_the_names_are_shared(par: Path) -> None:
    """Else there is nothing to show here: the par has libraries that the host has too."""
    assert SHARED_NAMES <= {member.name for member in native_members(par)}
    done = subprocess.run(
        ["ldconfig", "-p"], capture_output=True, text=True, check=True, env={"PATH": "/sbin:/usr/sbin"}
    )
    assert SHARED_NAMES <= set(re.findall(r"^\s*(\S+)", done.stdout, re.MULTILINE))


def test_host_libraries_after_the_par(par: Path) -> None:
    members = native_members(par)
    with LivePar(par, ["--maps"]) as live:
        before = {m.path for m in read_process_maps(live.pid) if m.in_filesystem}
        assert not [path for path in before if "libssl" in path or "libcrypto" in path]
        expected = live.ask(_USE_HOST)
        assert expected[2] == "x" * 999
        check_both(live.pid, members)


def test_host_libraries_before_the_par(par: Path, tmp_path: Path) -> None:
    script = tmp_path / "before.py"
    script.write_text(_RUN_PAR)
    with LivePar(script, [str(par), "--maps"], interpreter=interpreter_of(par)) as live:
        live.ask(_USE_HOST)
        assert "libmariadb.so.3" in live.output
        check_both(live.pid, native_members(par))


def check_both(pid: int, members: list) -> None:
    """Both copies are mapped, and those in the file system are the host's own."""
    assert_mapped_from_memory(pid, members)
    host = needed_by_host(pid, members)
    for name in ["libssl", "libcrypto"]:
        assert any(f"/{name}.so" in path for path in host), sorted(host)
    assert_no_filesystem_libraries(pid, members, allowed=host)


def bindings(par: Path, script: "Path | None", tmp_path: Path) -> list[tuple[str, str, str]]:
    """(from, to, symbol) of each binding that the dynamic linker makes; objects of the par are "memory"."""
    log = tmp_path / "bindings"
    environment = {**ENVIRONMENT, "LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": str(log), "LD_BIND_NOW": "1"}
    command = [*interpreter_of(par), *([script] if script else []), par, "--maps"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    # `env` in the first line is a program too: it becomes the interpreter, and both write to the file of this process.
    (file,) = tmp_path.glob("bindings.*")
    found = re.findall(
        r"binding file (\S+) \[0\] to (\S+) \[0\]: \w+ symbol `([^']+)'", file.read_text(errors="replace")
    )
    return [
        tuple(
            "memory" if object.startswith("/proc/self/fd") else os.path.basename(object) for object in (source, target)
        )
        + (symbol,)
        for source, target, symbol in found
    ]


@pytest.mark.parametrize("host_first", [False, True])
def test_nothing_of_the_par_is_bound_to_a_library_of_the_host(par: Path, tmp_path: Path, host_first: bool) -> None:
    script = None
    if host_first:
        script = tmp_path / "before.py"
        script.write_text(_RUN_PAR)
    made = bindings(par, script, tmp_path)
    from_par = [(target, symbol) for source, target, symbol in made if source == "memory"]
    assert sum(target == "memory" for target, _ in from_par) > 100, "the par's libraries use each other"
    # What the par does not bring, and the interpreter. Libraries that the interpreter's executable is itself linked
    # with (Debian's: libz and libexpat) come first in every search for a symbol, before those that asked for it.
    allowed = re.compile(
        r"memory|lib(c|m|dl|pthread|rt|resolv)\.so\.\d+|ld-linux\S*|lib(gcc_s|stdc\+\+)\.so\.\d+|python3\S*"
    )
    interpreter = shutil.which(interpreter_of(par)[-1], path=ENVIRONMENT["PATH"])
    interpreter_needs = read_elf_names(Path(interpreter).read_bytes()).needed
    assert not SHARED_NAMES & {*interpreter_needs}
    used = {f"{target}: {symbol}" for target, symbol in from_par if target not in interpreter_needs}
    assert sorted(each for each in used if not allowed.fullmatch(each.partition(":")[0])) == []
    # And the other way round.
    assert sorted({f"{source}: {symbol}" for source, target, symbol in made if target == "memory" != source}) == []
    if host_first:
        assert any(source.startswith("_ssl.") and target == "libssl.so.3" for source, target, _ in made)
