"""What the builder reads from ELF files, against files of the C compiler."""

import mmap
import os
from pathlib import Path

import pytest

from tests.builder.objects import extension, library, program, shared_object
from tools.builder import elf
from tools.builder.errors import BuildError


def read(path: Path) -> "elf.Elf | None":
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return elf.read("p", content)


def found(path: Path) -> elf.Elf:
    result = read(path)
    assert result is not None
    return result


def test_a_plain_library(tmp_path: Path) -> None:
    lib = library(tmp_path / "libone.so.1")
    result = found(lib)
    assert result.machine == os.uname().machine
    assert result.soname is not None and result.soname.text == "libone.so.1"
    assert (result.rpath, result.runpath, result.is_extension) == ((), (), False)


def test_the_places_of_names_are_in_the_file(tmp_path: Path) -> None:
    lib = library(tmp_path / "libtwo.so", flags=["-Wl,--no-as-needed", library(tmp_path / "libone.so.1"), "-lm"])
    content = lib.read_bytes()
    result = found(lib)
    for name in (result.soname, *(each.name for each in result.needed), *result.version_files):
        assert name is not None
        assert content[name.offset :].startswith(name.text.encode() + b"\0")


def test_no_soname(tmp_path: Path) -> None:
    assert found(shared_object(tmp_path / "x.so")).soname is None


def test_needed_in_order_with_the_places_of_the_entries(tmp_path: Path) -> None:
    libs = [library(tmp_path / f"lib{name}.so") for name in "zay"]
    result = found(library(tmp_path / "libtop.so", flags=["-Wl,--no-as-needed", *libs]))
    own = [each for each in result.needed if each.name.text != "libc.so.6"]
    assert [each.name.text for each in own] == ["libz.so", "liba.so", "liby.so"]
    assert [each.index for each in own] == [0, 1, 2]
    offset, size, count = result.dynamic
    assert size == 16 and count > 3
    content = (tmp_path / "libtop.so").read_bytes()
    assert int.from_bytes(content[offset : offset + 8], "little") == 1, "DT_NEEDED"
    assert int.from_bytes(content[offset + (count - 1) * size :][:8], "little") == 0, "DT_NULL"


@pytest.mark.parametrize("flag, field", [("--enable-new-dtags", "runpath"), ("--disable-new-dtags", "rpath")])
def test_search_paths(tmp_path: Path, flag: str, field: str) -> None:
    result = found(library(tmp_path / "lib.so", flags=[f"-Wl,{flag}", "-Wl,-rpath,$ORIGIN/../x.libs:/usr/lib:${ORIGIN}"]))
    expected = ("$ORIGIN/../x.libs", "/usr/lib", "${ORIGIN}")
    assert (result.runpath, result.rpath) == ((expected, ()) if field == "runpath" else ((), expected))


def test_versions_that_are_required(tmp_path: Path) -> None:
    script = tmp_path / "map"
    script.write_text("ONE_1.0 { one; }; ONE_2.0 { two; } ONE_1.0;")
    lib = library(tmp_path / "libone.so.1", "int one(void) { return 1; }\nint two(void) { return 2; }", [f"-Wl,--version-script,{script}"])
    user = library(tmp_path / "libuser.so", "int one(void), two(void);\nint f(void) { return one() + two(); }", [lib])
    result = found(user)
    assert result.versions["libone.so.1"] == {"ONE_1.0", "ONE_2.0"}
    assert "libone.so.1" in [name.text for name in result.version_files]
    assert all(version.startswith("GLIBC_") for version in result.versions.get("libc.so.6", ()))


def test_an_extension_module_is_told_from_a_library_that_only_mentions_one(tmp_path: Path) -> None:
    assert found(extension(tmp_path / "ext.so", "static int value(void) { return 1; }")).is_extension
    assert not found(library(tmp_path / "lib.so", 'const char *text = "PyInit_x";')).is_extension
    undefined = library(tmp_path / "und.so", "void *PyInit_other(void);\nvoid *f(void) { return PyInit_other(); }", ["-Wl,-z,lazy"])
    assert not found(undefined).is_extension


@pytest.mark.parametrize("flags", [["-pie", "-fPIE"], ["-no-pie"], ["-static"]])
def test_a_program_is_no_library(tmp_path: Path, flags: "list[str]") -> None:
    assert read(program(tmp_path / "program", flags)) is None


def test_a_library_with_an_interpreter_is_a_library(tmp_path: Path) -> None:
    """Like glibc's own, which can also be run."""
    source = 'const char interpreter[] __attribute__((section(".interp"))) = "/lib64/ld.so";'
    assert found(library(tmp_path / "librun.so", source)).soname is not None


def test_an_object_file_is_no_library(tmp_path: Path) -> None:
    assert read(program(tmp_path / "x.o", ["-c"])) is None


@pytest.mark.parametrize("hash_style", ["gnu", "sysv", "both"])
def test_any_hash_style(tmp_path: Path, hash_style: str) -> None:
    ext = extension(tmp_path / "ext.so", "static int value(void) { return 1; }", [f"-Wl,--hash-style={hash_style}"])
    assert found(ext).is_extension


def test_a_stripped_library_without_section_headers(tmp_path: Path) -> None:
    """All that a loader reads is in the segments; some wheels have nothing else."""
    lib = library(tmp_path / "lib.so", flags=["-Wl,--no-as-needed", library(tmp_path / "libone.so.1")])
    content = bytearray(lib.read_bytes())
    content[40:48] = bytes(8)  # e_shoff
    content[58:64] = bytes(6)  # e_shentsize, e_shnum, e_shstrndx
    lib.write_bytes(content)
    result = found(lib)
    assert result.soname is not None and result.soname.text == "lib.so"
    assert "libone.so.1" in [each.name.text for each in result.needed]


@pytest.mark.parametrize("kept", [5, 16, 63, 64, 100, 300, 1000, 5000, 0.5, 0.9])
def test_a_file_cut_short_is_damaged_or_no_library_but_never_a_crash(tmp_path: Path, kept: float) -> None:
    lib = library(tmp_path / "lib.so", flags=["-lm"])
    content = lib.read_bytes()
    lib.write_bytes(content[: kept if isinstance(kept, int) else int(len(content) * kept)])
    try:
        read(lib)
    except BuildError as error:
        assert str(error).startswith("p: is a damaged ELF file")


def test_damage_anywhere_in_the_headers_is_a_build_error_or_harmless(tmp_path: Path) -> None:
    lib = library(tmp_path / "lib.so", flags=["-lm"])
    content = lib.read_bytes()
    dynamic = found(lib).dynamic
    places = [*range(4, 64), *range(64, 600, 3), *range(dynamic[0], dynamic[0] + dynamic[1] * dynamic[2], 4)]
    refused = 0
    for at in places:
        for value in (0x00, 0xFF):
            lib.write_bytes(content[:at] + bytes([value]) + content[at + 1 :])
            try:
                read(lib)
            except BuildError:
                refused += 1
    assert refused > 20
