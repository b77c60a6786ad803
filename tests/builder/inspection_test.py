"""What is found out about a file, and that a builder that is told it makes the same par."""

import hashlib
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.builder.objects import extension, library, program
from tests.launcher.programs import PATCHELF, manifest_of, write_tree
from tools.builder import inspect_files, inspection, par, python_target
from tools.builder.errors import BuildError
from tools.builder.inspection import Inspections
from tools.builder.patchelf import Patchelf


def dumped(directory: Path, *files: Path) -> Path:
    """What the action writes about the files."""
    (directory / "list").write_text("".join(f"{file}\n" for file in files))
    output = directory / "inspection"
    command = [sys.executable, inspect_files.__file__, output, directory / "list"]
    subprocess.run(command, env={"PYTHONPATH": ":".join(sys.path)}, check=True)
    return output


@pytest.fixture
def objects(tmp_path: Path) -> "list[Path]":
    one = library(tmp_path / "libone.so.1")
    flags = ["-Wl,--no-as-needed", one, "-lm", "-Wl,-rpath,$ORIGIN/x"]
    return [one, library(tmp_path / "libtwo.so", flags=flags), extension(tmp_path / "ext.so", "static int value(void) { return 1; }")]


def test_a_file_that_is_known_is_what_reading_it_finds(tmp_path: Path, objects: "list[Path]") -> None:
    files = [*objects, program(tmp_path / "program"), *write_tree(tmp_path, {"script": "#!/bin/sh\n", "text": "text", "empty": ""}).values()]
    known = Inspections([dumped(tmp_path, *files)])
    expected = [inspection.inspect("p", file) for file in files]
    for file in files:
        file.write_bytes(b"is not read again")
    assert [known.of("p", file) for file in files] == expected
    assert [each.is_executable for each in expected] == [True, True, True, True, True, False, False]
    assert [bool(each.elf) for each in expected] == [True, True, True, True, False, False, False]


def test_the_digest_is_of_the_content(tmp_path: Path, objects: "list[Path]") -> None:
    for file in objects:
        assert inspection.inspect("p", file).digest == hashlib.sha256(file.read_bytes()).digest()


def test_the_checksum_is_of_the_content(tmp_path: Path, objects: "list[Path]") -> None:
    texts = write_tree(tmp_path, {"none": "", "one": "x", "chunk": 65536 * "y", "more": 65537 * "z", "damaged": b"\x7fELF"})
    for file in (*objects, *texts.values()):
        try:
            assert inspection.inspect("p", file).crc == zlib.crc32(file.read_bytes())
        except BuildError:
            assert file.name == "damaged"


def test_directories_with_plugins(tmp_path: Path) -> None:
    file = library(tmp_path / "libplugins.so", 'const char names[] = "\\0/usr/lib/gconv\\0/usr/lib/engines-3\\0/x/ossl-modules\\0/usr/lib/others\\0gconv";')
    content = file.read_bytes()
    found = inspection.inspect("p", file).plugin_directories
    assert [content[at : content.index(b"\0", at)] for at in found] == [b"/usr/lib/gconv", b"/usr/lib/engines-3", b"/x/ossl-modules"]
    assert Inspections([dumped(tmp_path, file)]).of("p", file).plugin_directories == found


def test_what_is_not_known_is_read(tmp_path: Path, objects: "list[Path]") -> None:
    known = Inspections([dumped(tmp_path, objects[0])])
    assert known.of("p", objects[1]) == inspection.inspect("p", objects[1])


def test_a_damaged_file_is_left_to_the_builder(tmp_path: Path, objects: "list[Path]") -> None:
    objects[0].write_bytes(objects[0].read_bytes()[:100])
    known = Inspections([dumped(tmp_path, *objects)])
    with pytest.raises(BuildError, match="member/path: is a damaged ELF file"):
        known.of("member/path", objects[0])
    assert known.of("p", objects[1]).elf


def test_the_par_is_the_same(tmp_path: Path, objects: "list[Path]") -> None:
    sources = {**write_tree(tmp_path, {"_main/main.py": "", "_main/script": "#!/bin/sh\n"}), **{f"_main/{file.name}": file for file in objects}}
    made = []
    for inspections in (None, Inspections([dumped(tmp_path, *sources.values())])):
        output, options = tmp_path / "app.par", par.Options("_main/main.py", "_main")
        par.build(manifest_of(sources), options, python_target.describe(sys.executable), Patchelf(PATCHELF, tmp_path), output, inspections=inspections)
        made.append(output.read_bytes())
    assert made[0] == made[1]
