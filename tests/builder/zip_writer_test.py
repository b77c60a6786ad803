"""The archive is what zipfile and unzip read, and every byte is where it was said to be."""

import io
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

import pytest

from tools.builder.errors import BuildError
from tools.builder.zip_writer import Member, ZipLayout

START = b"#!/bin/false\n"


def member(path: str, content: bytes = b"", **more: object) -> Member:
    return Member(path, content, len(content), **more)


def write(layout: ZipLayout, output: Path) -> None:
    with layout.writing(output, []) as write_others:
        write_others()


def written(members: "list[Member]", alignment: int = 1) -> bytes:
    layout = ZipLayout(START)
    for each in members:
        layout.place(each, alignment)
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory, "out.zip")
        write(layout, output)
        assert output.stat().st_size == layout.size
        return output.read_bytes()


MEMBERS = {
    "empty": b"",
    "a/text": b"text\n",
    "a/b/binary": bytes(range(256)) * 10,
    "ünï/cödé": b"name",
    "space and 'quote'": b"x",
    "x" * 1000: b"long name",
}


def test_zipfile_reads_what_was_written() -> None:
    data = written([member(path, content) for path, content in MEMBERS.items()])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == MEMBERS


def test_unzip_finds_no_fault(tmp_path: Path) -> None:
    assert shutil.which("unzip"), "this test needs the program unzip: install it"
    (tmp_path / "a.zip").write_bytes(written([member(path, content) for path, content in MEMBERS.items() if path.isascii() and len(path) < 200], 4096))
    done = subprocess.run(["unzip", "-tq", tmp_path / "a.zip"], capture_output=True, text=True, check=False)
    assert "No errors detected" in done.stdout, done
    # Bytes in front, which unzip reports, are the `#!` line: the offsets count them, so there is nothing to repair.
    assert (done.returncode, done.stderr) == (0, ""), done


@pytest.mark.parametrize("alignment", [1, 16, 4096, 65536])
def test_every_content_is_where_it_was_placed(alignment: int) -> None:
    members = [member(path, content) for path, content in MEMBERS.items()]
    data = written(members, alignment)
    for each in members:
        assert each.offset % alignment == 0
        assert data[each.offset : each.offset + each.size] == each.content


def test_alignment_leaves_no_gap_that_is_not_zero() -> None:
    first, second = member("a", b"1"), member("b", b"2")
    data = written([first, second], 4096)
    assert not data[first.offset + 1 : second.header_offset].strip(b"\0")


def test_next_offset_is_where_a_member_comes_to_lie() -> None:
    layout = ZipLayout(START)
    layout.place(member("a", b"abc"))
    expected = layout.next_offset("ünï")
    following = member("ünï", b"content")
    layout.place(following)
    assert following.offset == expected


def test_the_file_begins_with_the_given_bytes() -> None:
    assert written([]).startswith(START)
    assert zipfile.ZipFile(io.BytesIO(written([]))).namelist() == []


def test_modes_and_dates_do_not_depend_on_the_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "file").chmod(0o600)
    data = written([Member("plain", tmp_path / "file", 1), Member("program", tmp_path / "file", 1, executable=True)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {info.filename: (oct(info.external_attr >> 16), info.date_time) for info in archive.infolist()}
    date = (1980, 1, 1, 0, 0, 0)
    assert found == {"plain": (oct(stat.S_IFREG | 0o644), date), "program": (oct(stat.S_IFREG | 0o755), date)}


def test_a_file_that_changes_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"four")
    with pytest.raises(BuildError, match="changed while it was packed"):
        written([Member("p", tmp_path / "file", 5)])


@pytest.mark.parametrize("at", [0, 1, (1 << 16) - 2, (1 << 16) - 1, 1 << 16, (1 << 16) + 3, (2 << 16) + 1])
def test_patches_stand_where_they_should_across_chunks(tmp_path: Path, at: int) -> None:
    content = bytes(range(251)) * 600
    (tmp_path / "file").write_bytes(content)
    new = b"PATCH"
    each = Member("p", tmp_path / "file", len(content), patches=((at, new), (at + 5, b"!"), (len(content) - 1, b"$")))
    data = written([each])
    expected = content[:at] + new + b"!" + content[at + 6 : -1] + b"$"
    assert data[each.offset : each.offset + each.size] == expected
    assert zipfile.ZipFile(io.BytesIO(data)).read("p") == expected


@pytest.mark.parametrize(("others", "read"), [(10, 14), (190, 194), (300, 2)])
def test_zipimport_reads_only_the_launcher_of_a_large_archive(tmp_path: Path, others: int, read: int) -> None:
    layout = ZipLayout(START)
    layout.place(member("_rules_par/header", b"header"))
    for number in range(others):
        layout.place(member(f"lib/{number}", b"%d" % number))
    layout.place(member("__main__.py", b"import second\n"), for_zipimport=True)
    layout.place(member("second/__init__.py", b"import zipimport\nprint(sum(not name.endswith('/') for files in zipimport._zip_directory_cache.values() for name in files))\n"), for_zipimport=True)
    layout.place(member("last", b"last"))
    app = tmp_path / "app.zip"
    write(layout, app)
    assert app.stat().st_size == layout.size
    with zipfile.ZipFile(app) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == others + 4
        assert (archive.read("lib/9"), archive.read("last")) == (b"9", b"last")
    assert zipfile.is_zipfile(app)
    done = subprocess.run(["unzip", "-tq", app], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    for content in (b"", b"appended"):
        with app.open("ab") as file:
            file.write(content)
        done = subprocess.run([sys.executable, "-I", app], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{read}\n")


def test_a_name_longer_than_the_format_allows_is_refused() -> None:
    with pytest.raises(BuildError, match="65535"):
        written([member("x" * 65536)])


def test_more_members_than_16_bits_count() -> None:
    members = [member(f"d{number % 100}/f{number}", b"%d" % number) for number in range(66000)]
    data = written(members)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 66000
        assert archive.read("d99/f65999") == b"65999"


def test_a_member_and_offsets_beyond_4_gib(tmp_path: Path) -> None:
    large = tmp_path / "large"
    size = (4 << 30) + 10
    with large.open("wb") as file:
        file.seek(size - 3)
        file.write(b"end")
    layout = ZipLayout(START)
    members = [Member("large", large, size), member("behind", b"behind it"), member("aligned", b"a")]
    for each, alignment in zip(members, (4096, 1, 65536)):
        layout.place(each, alignment)
    write(layout, tmp_path / "out.zip")
    assert (tmp_path / "out.zip").stat().st_blocks * 512 < 1 << 20, "the zeros are on the disk"
    assert (tmp_path / "out.zip").stat().st_size == layout.size
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert [info.file_size for info in archive.infolist()] == [size, 9, 1]
        assert archive.read("behind") == b"behind it"
    with (tmp_path / "out.zip").open("rb") as file:
        assert os.pread(file.fileno(), 6, members[0].offset + size - 5) == b"\0\0endP"
        assert os.pread(file.fileno(), 9, members[1].offset) == b"behind it"


@pytest.mark.parametrize("size", [6 << 20, 70_000])
def test_files_are_written_first(tmp_path: Path, size: int) -> None:
    """By a process of its own, where there is much; what lies before them and between them comes later."""
    contents = {f"large{number}": bytes([number]) * size for number in range(4)}
    layout, early = ZipLayout(START), []
    layout.place(member("before", b"before"))
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        early.append(Member(name, tmp_path / name, len(content), patches=((5, b"patched"),), crc_of_file=zlib.crc32(content)))
        layout.place(early[-1], 4096)
        layout.place(member(f"behind {name}", b"between"))
    (tmp_path / "small").write_bytes(b"small")
    for known in (None, zlib.crc32(b"small")):
        early.append(Member(f"small {known}", tmp_path / "small", 5, crc_of_file=known))
        layout.place(early[-1])
    with layout.writing(tmp_path / "out.zip", early) as write_others:
        layout.place(member("last", b"last"))
        write_others()
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("large1") == b"\1" * 5 + b"patched" + contents["large1"][12:]
        found = {name: archive.read(name) for name in archive.namelist() if not name.startswith("large")}
    assert found == {
        "before": b"before",
        **dict.fromkeys([f"behind {name}" for name in contents], b"between"),
        **dict.fromkeys([each.path for each in early[4:]], b"small"),
        "last": b"last",
    }


@pytest.mark.parametrize("size", [20 << 20, 5])
def test_a_file_that_changes_is_noticed_by_the_other_process(tmp_path: Path, size: int) -> None:
    layout, early = ZipLayout(START), []
    for name, claimed in (("much", 20 << 20), ("changed", size + 1)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(claimed - (name == "changed"))
        early.append(Member(name, tmp_path / name, claimed))
        layout.place(early[-1])
    with pytest.raises(BuildError, match="/changed: changed while it was packed"), layout.writing(tmp_path / "out.zip", early) as write_others:
        write_others()


def test_a_large_file_that_changes_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(20 << 20))
    layout = ZipLayout(START)
    layout.place(Member("large", tmp_path / "large", (20 << 20) + 1))
    with pytest.raises(BuildError, match="changed while it was packed"):
        write(layout, tmp_path / "out.zip")


def test_a_file_that_is_there_is_not_written_to(tmp_path: Path) -> None:
    """Somebody who was killed may have left a process that does."""
    (tmp_path / "out.zip").write_bytes(b"old")
    with (tmp_path / "out.zip").open("rb") as before:
        layout = ZipLayout(START)
        layout.place(member("small", b"small"))
        write(layout, tmp_path / "out.zip")
        assert before.read() == b"old"
