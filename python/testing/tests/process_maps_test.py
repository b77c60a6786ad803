"""A real process that loads one copy of a library from a memfd and another from a file, seen through the real pmap."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rules_par_testing import (
    NativeMember,
    assert_mapped_from_memory,
    assert_no_filesystem_libraries,
    needed_by_host,
    read_process_maps,
)
from rules_par_testing.process_maps import parse_pmap

_LOAD = """
import ctypes, os, shutil, sys
for name, path in zip(sys.argv[1::2], sys.argv[2::2]):
    if name == "-":
        ctypes.CDLL(path)
    else:
        memfd = os.memfd_create(name)
        with open(path, "rb") as source, open(memfd, "wb", closefd=False) as target:
            shutil.copyfileobj(source, target)
        ctypes.CDLL("/proc/self/fd/%d" % memfd)
print("loaded", flush=True)
sys.stdin.read()
"""


class Loader:
    """A process that has loaded libraries: (memfd name, or "-" for a plain dlopen; path) pairs."""

    def __init__(self, *libraries: str):
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LOAD, *libraries], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout.readline() == b"loaded\n"
        self.pid = self._process.pid

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A shared object of our own with the SONAME libanswer.so.1, in a file named libanswer.so.1.2.3."""
    directory = tmp_path_factory.mktemp("library")
    source = directory / "answer.c"
    source.write_text("int answer(void) { return 42; }\n")
    path = directory / "libanswer.so.1.2.3"
    subprocess.run(["cc", "-shared", "-fPIC", "-Wl,-soname,libanswer.so.1", "-o", path, source], check=True)
    yield path


MEMBER = NativeMember("_main/app/libanswer.so", "libanswer.so.1", ())


def test_library_in_memory_passes(library: Path) -> None:
    with Loader("_main:app:libanswer.so", str(library)) as loader:
        assert_mapped_from_memory(loader.pid, [MEMBER])
        assert_mapped_from_memory(loader.pid, ["libanswer.so", "app/libanswer.so", "libanswer"])
        assert_no_filesystem_libraries(loader.pid, [MEMBER])
        assert_no_filesystem_libraries(loader.pid, ["libanswer.so.1.2.3"])


def test_library_from_a_file_fails_with_the_line(library: Path) -> None:
    with Loader("-", str(library)) as loader:
        # By its SONAME: neither the member nor the text have the name of the file.
        for wanted in [MEMBER, "libanswer.so.1"]:
            with pytest.raises(AssertionError, match=f"(?m)^  [0-9a-f]+ .* r-x.* {re.escape(str(library))}$"):
                assert_no_filesystem_libraries(loader.pid, [wanted])
        with pytest.raises(AssertionError, match=r"not mapped from memory in process \d+: _main/app/libanswer.so"):
            assert_mapped_from_memory(loader.pid, [MEMBER])
        assert_no_filesystem_libraries(loader.pid, [MEMBER], allowed=[str(library)])


def test_a_second_copy_from_a_file_fails(library: Path, tmp_path: Path) -> None:
    copy = shutil.copy(library, tmp_path / "libanswer.so")
    with Loader("_main:app:libanswer.so", str(library), "-", str(copy)) as loader:
        assert_mapped_from_memory(loader.pid, [MEMBER])
        with pytest.raises(AssertionError, match=re.escape(str(copy))):
            assert_no_filesystem_libraries(loader.pid, [MEMBER])


def test_what_the_host_needs_is_told_from_what_is_only_mapped(library: Path, tmp_path: Path) -> None:
    """Of two copies in the file system, the one that another library of the host needs is the host's own."""
    user = tmp_path / "libuser.so"
    command = ["cc", "-shared", "-o", user, "-Wl,--no-as-needed", library, f"-Wl,-rpath,{tmp_path}"]
    subprocess.run(command, check=True)
    needed = shutil.copy(library, tmp_path / "libanswer.so.1")
    with Loader("-", str(library)) as loader:
        host = needed_by_host(loader.pid, [MEMBER])
        assert str(library) not in host
        assert any("libc.so" in path for path in host) and os.path.realpath(sys.executable) in host
    # The host's first: once one from memory is there, glibc takes that for what libuser.so needs.
    with Loader("-", str(user), "_main:app:libanswer.so", str(library)) as loader:
        assert str(needed) in needed_by_host(loader.pid, [MEMBER])
        assert_no_filesystem_libraries(loader.pid, [MEMBER], allowed=needed_by_host(loader.pid, [MEMBER]))
        with pytest.raises(AssertionError, match=re.escape(str(needed))):
            assert_no_filesystem_libraries(loader.pid, [MEMBER])


def test_same_base_name_is_not_enough(library: Path) -> None:
    with Loader("_main:right:libcodec.so", str(library)) as loader:
        with pytest.raises(AssertionError, match="left/libcodec.so"):
            assert_mapped_from_memory(loader.pid, [NativeMember("_main/left/libcodec.so", "", ())])


def test_the_end_of_a_long_name_is_enough(library: Path) -> None:
    path = "/".join(["directory"] * 40 + ["libanswer.so"])
    with Loader(path.replace("/", ":")[-249:], str(library)) as loader:
        assert_mapped_from_memory(loader.pid, [NativeMember(path, "", ())])


def test_extension_by_module_name(library: Path) -> None:
    with Loader("site-packages:MySQLdb:_mysql.cpython-314-x86_64-linux-gnu.so", str(library)) as loader:
        assert_mapped_from_memory(loader.pid, ["_mysql"])


def test_an_empty_list_does_not_pass() -> None:
    with pytest.raises(AssertionError, match="no library to look for"):
        assert_mapped_from_memory(os.getpid(), [])
    with pytest.raises(AssertionError, match="no library to look for"):
        assert_no_filesystem_libraries(os.getpid(), [])


def test_a_dead_process_does_not_pass(library: Path) -> None:
    with Loader("-", str(library)) as loader:
        pid = loader.pid
    with pytest.raises(AssertionError, match="is the process alive"):
        assert_no_filesystem_libraries(pid, ["libanswer.so"])


def test_no_pmap_names_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="pmap is not on PATH: install the package procps"):
        read_process_maps(os.getpid())


def test_parse() -> None:
    maps = parse_pmap(
        "77:   python3 app.par --flag\n"
        "0000000000400000     16K r---- /usr/bin/python3.14\n"
        "00007f0000000000    132K rw---   [ anon ]\n"
        "00007f0000100000      8K r-x-- /memfd:_main:a b:libx.so (deleted)\n"
        "00007f0000200000      4K r---- /tmp/gone.so (deleted)\n"
        " total            160K\n"
    )
    assert [(m.address, m.kib, m.mode, m.path, m.in_memory) for m in maps] == [
        (0x400000, 16, "r----", "/usr/bin/python3.14", False),
        (0x7F0000000000, 132, "rw---", "", False),
        (0x7F0000100000, 8, "r-x--", "_main/a b/libx.so", True),
        (0x7F0000200000, 4, "r----", "/tmp/gone.so (deleted)", False),
    ]
