"""Names change in place, consistently, and the dynamic linker accepts the result."""

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.objects import library, shared_object
from tools.builder import elf, soname


def changed(path: Path, output: Path, own: "str | None" = None, needed: "dict[str, str]" = {}, dropped: "frozenset[str]" = frozenset()) -> elf.Elf:
    """Writes the object with its new names to `output`; returns what it says of itself then."""
    content = bytearray(path.read_bytes())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        before = elf.read("p", mapped)
        assert before is not None
        for at, new in soname.patches(mapped, before, own, needed, set(dropped)):
            content[at : at + len(new)] = new
    assert len(content) == path.stat().st_size
    output.write_bytes(content)
    with output.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        after = elf.read("p", mapped)
    assert after is not None
    return after


def loads(path: Path, call: str, *first: Path) -> int:
    """What a function of the library returns, in another process, with other libraries loaded before."""
    source = f"import ctypes\nfor each in {[str(each) for each in first]}: ctypes.CDLL(each)\nprint(ctypes.CDLL({str(path)!r}).{call}())"
    return int(subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout)


@pytest.fixture
def pair(tmp_path: Path) -> "tuple[Path, Path]":
    """libuser needs libprov.so.1, by version."""
    script = tmp_path / "map"
    script.write_text("PROV_1.0 { *; };")
    provider = library(tmp_path / "libprov.so.1", "int provided(void) { return 41; }", [f"-Wl,--version-script,{script}"])
    user = library(tmp_path / "libuser.so.1", "int provided(void);\nint used(void) { return provided() + 1; }", [provider])
    return provider, user


def test_soname_needed_and_versions_change_together(tmp_path: Path, pair: "tuple[Path, Path]") -> None:
    (tmp_path / "out").mkdir()
    provider = changed(pair[0], tmp_path / "out/p.so", "Qx7prov.so.1")
    user = changed(pair[1], tmp_path / "out/u.so", "Zz9user.so.1", {"libprov.so.1": "Qx7prov.so.1"})
    assert provider.soname is not None and provider.soname.text == "Qx7prov.so.1"
    assert [each.name.text for each in user.needed if "prov" in each.name.text] == ["Qx7prov.so.1"]
    assert user.versions["Qx7prov.so.1"] == {"PROV_1.0"}
    assert "libprov.so.1" not in user.versions
    assert loads(tmp_path / "out/u.so", "used", tmp_path / "out/p.so") == 42


def test_the_linker_does_not_take_the_old_name_for_the_new_one(tmp_path: Path, pair: "tuple[Path, Path]") -> None:
    (tmp_path / "out").mkdir()
    changed(pair[1], tmp_path / "out/u.so", None, {"libprov.so.1": "Qx7prov.so.1"})
    with pytest.raises(subprocess.CalledProcessError):
        loads(tmp_path / "out/u.so", "used", pair[0])


def test_readelf_sees_the_new_names(tmp_path: Path, pair: "tuple[Path, Path]") -> None:
    changed(pair[1], tmp_path / "out.so", "Zz9user.so.1", {"libprov.so.1": "Qx7prov.so.1"})
    said = subprocess.run(["readelf", "-dVW", tmp_path / "out.so"], capture_output=True, text=True, check=True)
    assert "Library soname: [Zz9user.so.1]" in said.stdout and "Shared library: [Qx7prov.so.1]" in said.stdout
    assert "File: Qx7prov.so.1" in said.stdout
    assert "libprov" not in said.stdout and not said.stderr


def test_dropping_a_library_keeps_the_others(tmp_path: Path, pair: "tuple[Path, Path]") -> None:
    python = library(tmp_path / "libpython3.99.so.1.0")
    user = library(tmp_path / "libboth.so", "int provided(void);\nint used(void) { return provided(); }", ["-Wl,--no-as-needed", python, pair[0]])
    after = changed(user, tmp_path / "out.so", dropped=frozenset({"libpython3.99.so.1.0"}))
    names = [each.name.text for each in after.needed]
    assert "libpython3.99.so.1.0" not in names and "libprov.so.1" in names
    python.unlink()
    assert loads(tmp_path / "out.so", "used", pair[0]) == 41


def test_no_change_is_no_patch(pair: "tuple[Path, Path]") -> None:
    with pair[1].open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = elf.read("p", content)
        assert found is not None
        assert soname.patches(content, found, None, {}, set()) == ()


def test_a_name_that_is_the_end_of_another_is_not_changed_in_place(tmp_path: Path) -> None:
    """Linkers may store `liba.so` as the tail of `zliba.so`: one change would change both."""
    user = library(tmp_path / "libu.so", "int u;", ["-Wl,--no-as-needed", library(tmp_path / "zliba.so"), library(tmp_path / "liba.so")])
    found = read(user)
    short, long = (next(each for each in found.needed if each.name.text == name) for name in ("liba.so", "zliba.so"))
    start, size, _ = found.dynamic
    value = start + short.index * size + size // 2
    with user.open("r+b") as file:  # whether this linker did so or not
        file.seek(value)
        offset = int.from_bytes(file.read(size // 2), sys.byteorder)
        file.seek(value)
        file.write((offset + long.name.offset + 1 - short.name.offset).to_bytes(size // 2, sys.byteorder))
    with user.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        merged = read(user)
        assert [each.name.text for each in merged.needed] == [each.name.text for each in found.needed]
        with pytest.raises(soname.NotInPlace):
            soname.patches(content, merged, None, {"liba.so": "Qx7a.so"}, set())


def read(path: Path) -> elf.Elf:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = elf.read(path.name, content)
        assert found is not None
        return found


def test_a_name_of_another_length_is_not_changed_in_place(pair: "tuple[Path, Path]") -> None:
    with pair[1].open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = elf.read("p", content)
        assert found is not None
        for own, needed in (("longer.so.1.2.3", {}), (None, {"libprov.so.1": "x"})):
            with pytest.raises(soname.NotInPlace):
                soname.patches(content, found, own, needed, set())


def test_a_library_without_a_name_gets_none_in_place(tmp_path: Path) -> None:
    lib = shared_object(tmp_path / "x.so")
    with lib.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = elf.read("p", content)
        assert found is not None
        with pytest.raises(soname.NotInPlace):
            soname.patches(content, found, "some.so", {}, set())


@pytest.mark.parametrize("name", ["libssl.so.3", "a", "ab", "abc", "libmysql-1234.so"])
def test_a_unique_name_has_the_length_of_the_old_one_and_keeps_its_end(name: str) -> None:
    unique = soname.Names().unique(name, b"digest")
    assert len(unique) == len(name) and unique[3:] == name[3:]
    assert unique == soname.Names().unique(name, b"digest"), "the same in every build"


def test_different_contents_get_different_names_and_the_same_content_one() -> None:
    names = soname.Names()
    given = [names.unique("libx.so", bytes([number])) for number in range(250)]
    assert len(set(given)) == 250
    assert [names.unique("libx.so", bytes([number])) for number in range(250)] == given


def test_one_letter_names_run_out_with_an_error_not_a_loop() -> None:
    from tools.builder.errors import BuildError

    names = soname.Names()
    with pytest.raises(BuildError, match="no unique name"):
        for number in range(100):
            names.unique("x", bytes([number]))


def test_no_unique_name_is_one_that_a_host_may_have() -> None:
    """A host could provide what begins with lib or ld."""
    names = soname.Names()
    assert not [each for each in (names.unique("libc.so.6", bytes([a, b])) for a in range(60) for b in range(60)) if each.startswith(("lib", "ld-"))]
