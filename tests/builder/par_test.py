"""A whole par: what it contains, where its parts lie, and that the same inputs give the same bytes."""

import json
import os
import re
import random
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.builder.objects import extension, library
from tests.launcher.programs import PATCHELF, make_par, manifest_of, run, write_tree
from tools.builder import par, python_target
from tools.builder.errors import BuildError
from tools.builder.manifest import Manifest
from tools.builder.patchelf import Patchelf

PYTHON = python_target.describe(sys.executable)
FILES = {
    "_main/main.py": "print('ran')\n",
    "_main/data.txt": "data",
    "_main/script": "#!/bin/sh\n",
    "_main/broken.py": "def f(:\n",
    "repo/lib.py": "X = {'a', 'b', 'c'}\n",
}


def build(output: Path, manifest: Manifest, **options: object) -> dict:
    return par.build(manifest, par.Options(**{"main": "_main/main.py", "workspace": "_main", **options}), PYTHON, Patchelf(PATCHELF, output.parent), output)


def test_the_same_inputs_give_the_same_bytes_wherever_they_lie(tmp_path: Path) -> None:
    made = library(tmp_path / "libx.so.1")
    ext = extension(tmp_path / "ext.so", "static int value(void) { return 1; }", [made])
    outputs = []
    for place in ("one", "another/much/deeper"):
        directory = tmp_path / place
        directory.mkdir(parents=True)
        sources = write_tree(directory / "s", FILES)
        for path, source in (("_main/libx.so.1", made), ("_main/ext.so", ext)):
            sources[path] = Path(shutil.copyfile(source, directory / source.name))
        order = list(sources.items())
        random.Random(place).shuffle(order)
        for number, (_, source) in enumerate(order):
            os.utime(source, (number, number))
            source.chmod(0o777 if place == "one" else 0o600)
        build(directory / "app.par", manifest_of(dict(order)))
        outputs.append((directory / "app.par").read_bytes())
    assert outputs[0] == outputs[1]
    assert str(tmp_path).encode() not in outputs[0].replace(made.read_bytes(), b"")


def test_a_par_is_a_zip_file_with_the_members_as_they_are(tmp_path: Path) -> None:
    app = make_par(tmp_path / "app.par", FILES)
    with zipfile.ZipFile(app) as archive:
        assert archive.testzip() is None
        for path, content in FILES.items():
            assert archive.read(path) == content.encode()
        modes = {info.filename: stat.S_IMODE(info.external_attr >> 16) for info in archive.infolist()}
        assert (modes["_main/script"], modes["_main/data.txt"]) == (0o755, 0o644)
        assert archive.namelist()[0] == "_rules_par/header"
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_header_says_where_everything_is(tmp_path: Path) -> None:
    content = make_par(tmp_path / "app.par", FILES).read_bytes()
    magic, version, flags, size, offset, length = struct.unpack_from("<8sIIQQQ", content, content.index(b"RULESPAR"))
    assert (magic, version, flags, size) == (b"RULESPAR", 1, 0, len(content))
    assert offset + length <= size


DIRECT = r"import sys;f=open\(sys\.argv\[1\],'rb',0\);f\.seek\(\d+\);exec\(f\.read\(\d+\)or'damaged'\)"


@pytest.mark.parametrize(
    ("interpreter", "expected"),
    [
        ("", re.escape(f"/usr/bin/env python3.{sys.version_info[1]}")),
        ("/usr/bin/env -S python3 -I", "/usr/bin/env -S python3 -I"),
        ("/opt/python3 -X utf8", "/opt/python3 -X utf8"),
        ("/opt/pypy3", "/opt/pypy3"),
        ("python3", "python3"),
        ("/opt/python", f"/opt/python -c{DIRECT}"),
        ("/opt/python3.14 -IS", rf"/opt/python3\.14 -ISc{DIRECT}"),
        # Linux before 5.1 cuts a longer line off.
        ("/opt/xxxxxxx/python3", f"/opt/x+/python3 -c{DIRECT}"),
        (f"/opt/{50 * 'x'}/python3", "/opt/x+/python3"),
        ("/opt/SIZE/END/{}/python3", rf"/opt/SIZE/END/\{{\}}/python3 -c{DIRECT}"),
        ("/opt/größé/python3", f"/opt/größé/python3 -c{DIRECT}"),
        (f"/opt/{25 * 'ö'}/python3", "/opt/ö+/python3"),
    ],
)
def test_the_first_line(tmp_path: Path, interpreter: str, expected: str) -> None:
    build(tmp_path / "app.par", manifest_of(write_tree(tmp_path / "s", FILES)), interpreter=interpreter)
    line = (tmp_path / "app.par").read_bytes().splitlines()[0].decode()
    assert re.fullmatch(f"#!{expected}", line)
    assert len(line.encode()) <= 127


def test_a_par_is_executable_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        app = make_par(tmp_path / "app.par", FILES)
    finally:
        os.umask(before)
    assert stat.S_IMODE(app.stat().st_mode) == 0o755


def test_native_members_begin_on_a_page(tmp_path: Path) -> None:
    app = make_par(tmp_path / "app.par", {**FILES, "_main/libx.so.1": library(tmp_path / "libx.so.1")})
    content = app.read_bytes()
    with zipfile.ZipFile(app) as archive:
        info = archive.getinfo("_main/libx.so.1")
    offset = info.header_offset + 30 + int.from_bytes(content[info.header_offset + 26 : info.header_offset + 28], "little") + int.from_bytes(
        content[info.header_offset + 28 : info.header_offset + 30], "little"
    )
    assert content[offset : offset + 4] == b"\x7fELF"
    assert offset % (4096 if os.uname().machine == "x86_64" else 65536) == 0


def test_the_listing(tmp_path: Path) -> None:
    libx = library(tmp_path / "libx.so.1")
    ext = extension(tmp_path / "ext.so", "static int value(void) { return 1; }", ["-Wl,--no-as-needed", libx])
    sources = {**write_tree(tmp_path / "s", FILES), "_main/libx.so.1": libx, "_main/ext.so": ext}
    listing = build(tmp_path / "app.par", manifest_of(sources))
    json.dumps(listing)
    assert listing["members"]["_main/data.txt"] == 4
    assert listing["native"]["_main/ext.so"]["needed"] == {"libx.so.1": "_main/libx.so.1"}
    assert listing["native"]["_main/libx.so.1"]["soname"] == "libx.so.1" != listing["native"]["_main/libx.so.1"]["renamed"]


def test_a_missing_main_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="_main/other.py: the main module is not among"):
        build(tmp_path / "app.par", manifest_of(write_tree(tmp_path / "s", FILES)), main="_main/other.py")


def test_a_build_that_fails_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    needs = library(tmp_path / "liba.so", flags=["-Wl,--no-as-needed", library(tmp_path / "libgone.so")])
    (tmp_path / "out").mkdir()
    (tmp_path / "out/app.par").write_text("the old one")
    with pytest.raises(BuildError, match="libgone.so: not in the par"):
        build(tmp_path / "out/app.par", manifest_of({**write_tree(tmp_path / "s", FILES), "_main/liba.so": needs}))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["app.par"]
    assert (tmp_path / "out/app.par").read_text() == "the old one"


@pytest.mark.parametrize("beside", ["_main/site/x-1.0.dist-info/METADATA", "_main/site/x.txt"])
def test_what_a_plug_in_lacks_matters_unless_it_came_with_a_wheel(tmp_path: Path, beside: str) -> None:
    plugin = library(tmp_path / "plugin.so", flags=["-Wl,--no-as-needed", library(tmp_path / "libgone.so")])
    files = manifest_of({**write_tree(tmp_path / "s", {**FILES, beside: ""}), "_main/site/x/plugin.so": plugin})
    if beside.endswith("METADATA"):
        assert build(tmp_path / "app.par", files)["native"]["_main/site/x/plugin.so"]["missing"] == ["libgone.so"]
    else:
        with pytest.raises(BuildError, match="libgone.so: not in the par; needed by _main/site/x/plugin.so"):
            build(tmp_path / "app.par", files)


def test_a_library_that_the_host_shall_have(tmp_path: Path) -> None:
    needs = library(tmp_path / "liba.so", flags=["-Wl,--no-as-needed", library(tmp_path / "libhost.so.5")])
    listing = build(tmp_path / "app.par", manifest_of({**write_tree(tmp_path / "s", FILES), "_main/liba.so": needs}), host_libraries=("libhost.so.5",))
    assert "libhost.so.5" in listing["native"]["_main/liba.so"]["host"]


def test_a_library_of_another_machine_is_data(tmp_path: Path) -> None:
    lib = library(tmp_path / "libx.so.1")
    content = bytearray(lib.read_bytes())
    content[18:20] = (0xF3 if os.uname().machine != "riscv64" else 0x3E).to_bytes(2, "little")
    lib.write_bytes(content)
    sources = {**write_tree(tmp_path / "s", FILES), "_main/libx.so.1": lib}
    assert build(tmp_path / "app.par", manifest_of(sources))["native"] == {}
    with zipfile.ZipFile(tmp_path / "app.par") as archive:
        assert archive.read("_main/libx.so.1") == content


def test_a_shipped_cache_of_byte_code_is_replaced(tmp_path: Path) -> None:
    stale = f"_main/__pycache__/main.{sys.implementation.cache_tag}.pyc"
    app = make_par(tmp_path / "app.par", {**FILES, stale: b"stale"})
    assert run([app]).stdout == "ran\n"
    with zipfile.ZipFile(app) as archive:
        assert len(set(archive.namelist())) == len(archive.namelist())
        assert archive.read(stale)[:4] == PYTHON.magic


def test_other_shipped_caches_stay(tmp_path: Path) -> None:
    """Of a source that is not there, of one that does not compile, of another Python."""
    cache = f"_main/__pycache__/{{}}.{sys.implementation.cache_tag}.pyc"
    shipped = [cache.format("gone"), cache.format("broken"), "_main/__pycache__/main.cpython-35.pyc"]
    app = make_par(tmp_path / "app.par", {**FILES, **dict.fromkeys(shipped, b"shipped")})
    with zipfile.ZipFile(app) as archive:
        assert {archive.read(path) for path in shipped} == {b"shipped"}
        assert len(set(archive.namelist())) == len(archive.namelist())


def test_roots_are_in_the_order_of_a_py_binary(tmp_path: Path) -> None:
    files = {
        "_main/app/main.py": "import json, os, sys\ntop = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))\nprint(json.dumps([os.path.relpath(each, top) for each in sys.path if each.startswith(top)]))",
        "zrepo/z.py": "",
        "arepo/site/a.py": "",
        "brepo/b.so": "",
    }
    app = make_par(tmp_path / "app.par", files, main="_main/app/main.py", imports=["arepo/site"])
    assert json.loads(run([app]).stdout) == ["_main/app", ".", "arepo/site", "_main", "brepo", "zrepo"]


def test_the_command_line_reports_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "flags").write_text(f'["file", "../x", "y"]\n--output={tmp_path}/app.par\n--main=m\n--workspace=_main\n--python={sys.executable}\n')
    command = [sys.executable, "-m", "tools.builder.builder", f"--flagfile={tmp_path}/flags"]
    root = str(Path(par.__file__).parents[2])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])})
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path}/app.par: '../x': not a plain path inside the par\n"
