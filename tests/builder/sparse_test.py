"""What of a library goes into memory, for objects that the C compiler makes."""

import mmap
import os
import re
import struct
import subprocess
from pathlib import Path

import pytest

from tests.builder.objects import library
from tools.builder import elf, sparse

PAGE = 4096
CODE = "int answer = 42;\nint *where = &answer;\nstatic int inside(void) { return *where; }\n"
CONSTRUCTOR = CODE + "__attribute__((constructor)) static void construct(void) { answer = inside(); }\n"


class Plan:
    """A plan, taken apart."""

    def __init__(self, blob: bytes):
        self.init, self.init_array, self.init_count, *self.tags, copied, mapped, dropped, names = struct.unpack_from("<9Q", blob)
        end = 72 + 32 * (copied + mapped + dropped)
        parts = list(struct.iter_unpack("<4Q", blob[72:end]))
        self.copied = [(offset, offset + size) for offset, size, _, _ in parts[:copied]]
        self.mapped = parts[copied : copied + mapped]
        self.dropped = [(offset, offset + size) for offset, size, _, _ in parts[copied + mapped :]]
        self.host = tuple(name.decode() for name in blob[end:].split(b"\0")[:-1])
        assert len(self.host) == names


def planned(file: Path, *, patches: tuple = (), page: int = PAGE, host: "tuple[str, ...] | None" = (), **options: sparse.Mapped) -> Plan:
    return Plan(sparse.plan(file.read_bytes(), patches, page, host, **options))


def dynamic_of(file: Path) -> "tuple[int, int, int]":
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        read = elf.read(file.name, content)
    assert read is not None
    return read.dynamic


def is_whole(plan: Plan, file: Path) -> bool:
    return (plan.copied, plan.mapped, plan.dropped, plan.host) == ([(0, file.stat().st_size)], [], [], ())


def test_code_and_constants_are_mapped(tmp_path: Path) -> None:
    """All that is executed or only read, at its place, and nothing that ld.so needs of it is missing in the copy."""
    text = "const char constants[100000] = {1};\n" + CONSTRUCTOR
    file = library(tmp_path / "liba.so", text)
    plan = planned(file, host=("libc.so.6", "libm.so.6"))
    content = file.read_bytes()
    executable = [part for part in plan.mapped if part[3] == 5]
    assert executable and all(part[3] in (1, 5) for part in plan.mapped)
    assert sum(size for _, size, _, _ in plan.mapped) > 100000
    assert sum(end - begin for begin, end in plan.copied) < 10000
    for wanted in (b"\x7fELF", b"\0liba.so\0", b"\0answer\0"):
        at = content.index(wanted)
        assert any(begin <= at and at + len(wanted) <= end for begin, end in plan.copied), wanted
    for begin, end in plan.dropped:
        assert begin % PAGE == end % PAGE == 0
    assert plan.host == ("libc.so.6", "libm.so.6")


def writable_segments(file: Path) -> "list[tuple[int, int]]":
    headers = subprocess.run(["readelf", "-lW", file], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in headers.splitlines() if line.split()[:1] == ["LOAD"] and "RW" in line]
    assert lines
    return [(int(offset, 16), int(offset, 16) + int(size, 16)) for _, offset, _, _, size, *_ in lines]


def test_what_the_library_writes_to_stays(tmp_path: Path) -> None:
    file = library(tmp_path / "liba.so", 'char written[20000] __attribute__((aligned(4096))) = "begin";\n' + CONSTRUCTOR)
    plan = planned(file)
    for begin, end in writable_segments(file):
        assert any(low <= begin and end <= high for low, high in plan.copied)
    begin = file.read_bytes().index(b"begin\0")
    assert not any(low < begin + 20000 // PAGE * PAGE and begin < high for low, high in plan.dropped)


@pytest.mark.parametrize("size", [1 << 16, 1 << 14])
def test_data_that_ld_so_leaves_alone_is_mapped(tmp_path: Path, size: int) -> None:
    """In long runs, and so that the library can write to it: copies of pages that nobody writes to would be of no use."""
    pointers = "extern int answer;\nint *table[2000] __attribute__((aligned(4096))) = {[0 ... 1999] = &answer};\n"
    data = f'char data[{size}] __attribute__((aligned(4096))) = "begin";\n'
    file = library(tmp_path / "liba.so", pointers + data + pointers.replace("table", "other") + CONSTRUCTOR)
    plan, begin = planned(file), file.read_bytes().index(b"begin\0")
    mapped = [(offset, offset + length) for offset, length, _, protection in plan.mapped if protection == 3]
    if size < 1 << 16:
        assert not mapped
        assert any(low <= begin and begin + size <= high for low, high in plan.copied)
        return
    ((low, high),) = mapped
    assert low % PAGE == high % PAGE == 0
    assert begin <= low + PAGE and high - low > size - 3 * PAGE
    assert all(end <= low or high <= first for first, end in plan.copied)
    for first, end in writable_segments(file):
        assert any(begin <= first for begin, _ in plan.copied) and any(end <= last for _, last in plan.copied)


LARGE = 'char data[200000] __attribute__((aligned(4096))) = "begin";\n'
WRITTEN = {
    "a protected part": ("extern int answer;\nstatic int *const table[40000] __attribute__((aligned(4096), used)) = {[0] = &answer};\n", ["-Wl,-z,relro"]),
    "the dynamic array": ("extern int answer;\nint *const table[40000] = {[0] = &answer};\n", ["-nostdlib", "-Wl,-z,norelro"]),
    "a relocation that goes on in the next page": (
        "extern int answer;\nstruct __attribute__((packed)) { char a[4092]; int *p; char b[200000]; } s __attribute__((aligned(4096))) = {.p = &answer};\n",
        [],
    ),
    "packed relocations": (
        "extern int answer;\nstruct { char a[100000]; int *p; char b[100000]; } s[2] = {{.p = &answer}, {.p = &answer}};\n",
        ["-Wl,-z,pack-relative-relocs"],
    ),
    "a variable of threads": ("__thread char own[100000] = {1};\nchar *get(void) { return own; }\n", []),
}


def written_without_relocation(file: Path) -> "list[tuple[int, int]]":
    """Addresses: .dynamic, what is protected, at last the words for lazy binding."""
    headers, array = (subprocess.run(["readelf", option, file], capture_output=True, text=True, check=True).stdout for option in ("-lW", "-dW"))
    lines = [line.split() for line in headers.splitlines() if line.split()[:1] in (["DYNAMIC"], ["GNU_RELRO"])]
    found = [(int(address, 16), int(address, 16) + int(size, 16)) for _, _, address, _, _, size, *_ in lines]
    for line in array.splitlines():
        if "(PLTGOT)" in line:
            begin = int(line.split()[-1], 16)
            found.append((begin, begin + 24))
    return found


def relocated(file: Path) -> "list[tuple[int, int]]":
    """Addresses."""
    listed = subprocess.run(["readelf", "-rW", file], capture_output=True, text=True, check=True).stdout
    places = [int(line.split()[0], 16) for line in listed.splitlines() if re.match("[0-9a-f]{12,} ", line)]
    assert places
    return [(place, place + 8) for place in places]


def is_clean(plan: Plan, file: Path, page: int) -> bool:
    """Whether nothing that is mapped to be written to lies where ld.so writes, or outside of the pages of a segment."""
    segments, places = writable_segments(file), written_without_relocation(file) + relocated(file)
    for offset, size, address, protection in plan.mapped:
        if protection == 3:
            assert offset % page == address % page == size % page == 0
            assert any(begin <= offset and offset + size <= end for begin, end in segments)
            if any(begin < address + size and address < end for begin, end in places):
                return False
    return True


@pytest.mark.parametrize("page", [4096, 65536])
@pytest.mark.parametrize("what", WRITTEN)
def test_no_page_that_ld_so_writes_to_is_mapped(tmp_path: Path, what: str, page: int) -> None:
    text, flags = WRITTEN[what]
    plain = "int answer = 42;\n" if "-nostdlib" in flags else CONSTRUCTOR
    sizes = ["-Wl,-z,max-page-size=65536,-z,common-page-size=65536"] if page == 65536 else []
    file = library(tmp_path / "liba.so", plain + text + LARGE, [*flags, *sizes])
    plan = planned(file, page=page)
    assert is_clean(plan, file, page)
    assert (not [part for part in plan.mapped if part[3] == 3]) == (what == "packed relocations")


def test_the_words_for_lazy_binding_stay(tmp_path: Path) -> None:
    """Also where they are at the end of a page behind data, where lld puts them, and what is relocated comes in the next page."""
    (tmp_path / "script").write_text("SECTIONS { .big : { *(.big) } } INSERT BEFORE .got.plt;\n")
    data = f'char data[{50 * PAGE - 24}] __attribute__((section(".big"), aligned({PAGE}))) = {{1}};\n'
    flags = ["-Wl,-z,lazy,-z,norelro", f"-Wl,-T,{tmp_path / 'script'}"]
    file = library(tmp_path / "liba.so", "extern int one(void);\nint call(void) { return one(); }\n" + CODE + data, flags)
    begin = written_without_relocation(file)[-1][0]
    assert begin % PAGE == PAGE - 24
    assert is_clean(planned(file), file, PAGE)
    assert [part for part in planned(file).mapped if part[3] == 3]


def test_names_in_a_segment_that_is_written_to(tmp_path: Path) -> None:
    """Where patchelf puts them, in wheels: ld.so reads them, and then they are mapped."""
    names = "".join(f"int name_{'x' * 200}_{number}(void) {{ return {number}; }}\n" for number in range(300))
    file = library(tmp_path / "liba.so", names + CODE)
    subprocess.run([os.environ["PATCHELF"], "--set-rpath", "/" + "y" * 4000, file], check=True)
    plan = planned(file)
    at = file.read_bytes().rindex(b"name_")
    ((low, high),) = [(offset, offset + size) for offset, size, _, protection in plan.mapped if protection == 3 and offset <= at]
    assert low <= at < high
    assert any(begin <= at < end for begin, end in plan.copied)
    assert any(begin <= at < end for begin, end in plan.dropped)


@pytest.mark.parametrize("page", [4096, 65536])
def test_what_ld_so_has_written_to_is_dropped(tmp_path: Path, page: int) -> None:
    """But not a page for which it is not sure on a machine with smaller pages."""
    table = "extern int answer;\nint *table[20000] __attribute__((aligned(65536))) = {[0 ... 19999] = &answer};\n"
    marked = 'char written[4096] __attribute__((aligned(65536))) = "begin";\n'
    file = library(tmp_path / "liba.so", table + marked + CONSTRUCTOR, ["-Wl,-z,max-page-size=65536,-z,common-page-size=65536"])
    plan = planned(file, page=page)
    begin = file.read_bytes().index(b"begin\0")
    dropped = [number for low, high in plan.dropped for number in range(low // 4096, high // 4096)]
    assert begin // 4096 not in dropped
    ((first, last),) = writable_segments(file)
    count = len([number for number in dropped if first <= number * 4096 < last])
    whole = 20000 * 8 // page * page // 4096  # of the table; there may be some before it
    assert whole <= count < whole + page // 4096 + 5


def test_no_relocation_that_may_leave_a_page_alone_counts(tmp_path: Path) -> None:
    """R_X86_64_DTPMOD64 of a thread's variable, for one."""
    text = '__thread int own = 1;\nint get(void) { return own; }\nint answer = 42;\nchar written[4096] __attribute__((aligned(4096))) = "begin";\n'
    file = library(tmp_path / "liba.so", text)
    begin = file.read_bytes().index(b"begin\0")
    assert not any(low <= begin < high for low, high in planned(file).dropped)


@pytest.mark.parametrize("needed", [[], ["-lm"]])
def test_constructors_are_found(tmp_path: Path, needed: "list[str]") -> None:
    """Where the dynamic array names them, also when an entry before is dropped."""
    file = library(tmp_path / "liba.so", CONSTRUCTOR, ["-Wl,--no-as-needed", *needed, "-Wl,-init,answer"])
    content = file.read_bytes()
    start, size, count = dynamic_of(file)
    patches = ()
    if needed:  # as soname.py does
        content = content[:start] + content[start + size : start + size * count] + bytes(size) + content[start + size * count :]
        patches = ((start, content[start : start + size * count]),)
    plan = planned(file, patches=patches)
    assert [struct.unpack_from("<Q", content, tag)[0] for tag in plan.tags] == [12, 25]
    assert (plan.init, plan.init_array) == tuple(struct.unpack_from("<Q", content, tag + 8)[0] for tag in plan.tags)
    assert plan.init_count == 2  # frame_dummy is the other


def test_before_relocation_ld_so_runs_the_constructors(tmp_path: Path) -> None:
    plan = planned(library(tmp_path / "liba.so", CONSTRUCTOR), rest=sparse.Mapped.BEFORE_RELOCATION)
    assert plan.mapped
    assert (plan.init, plan.init_array, plan.init_count, plan.tags) == (0, 0, 0, [0, 0])


def test_at_last_ld_so_had_all_of_it(tmp_path: Path) -> None:
    """And ran the constructors, which may have written anywhere."""
    file = library(tmp_path / "liba.so", "char written[200000] = {1};\n" + CONSTRUCTOR)
    plan = planned(file, rest=sparse.Mapped.AT_LAST)
    assert plan.copied == [(0, file.stat().st_size)]
    assert (plan.init, plan.init_array, plan.init_count, plan.tags) == (0, 0, 0, [0, 0])
    assert {part[3] for part in plan.mapped} == {1, 5}
    dropped = {number for low, high in plan.dropped for number in range(low, high, PAGE)}
    for offset, size, _, _ in plan.mapped:
        assert dropped >= set(range(offset // PAGE * PAGE, offset + size, PAGE))
    begin = file.read_bytes().index(b"\1" + bytes(199_999)) + PAGE
    assert dropped.isdisjoint(range(begin // PAGE * PAGE, begin + 200_000 - 2 * PAGE, PAGE))


IFUNC = "static int a(void) { return 1; }\nstatic int (*choose(void))(void) { return a; }\n"
EARLY = {
    "an exported function that is chosen": IFUNC + 'int chosen(void) __attribute__((ifunc("choose")));\n',
    "an inner function that is chosen": IFUNC + 'static int chosen(void) __attribute__((ifunc("choose")));\nint call(void) { return chosen(); }\n',
    "operator new": "void *_Znwm(unsigned long size) { return 0; }\n",
}


@pytest.mark.parametrize("kind", EARLY)
def test_what_may_be_called_early_is_whole(tmp_path: Path, kind: str) -> None:
    file = library(tmp_path / "liba.so", EARLY[kind] + CONSTRUCTOR, ["-fno-builtin"])
    plan = planned(file, host=("libstdc++.so.6",))
    assert is_whole(plan, file)
    assert plan.init_count == 2
    assert planned(file, rest=sparse.Mapped.BEFORE_RELOCATION).mapped


def test_a_use_of_operator_new_is_no_definition(tmp_path: Path) -> None:
    file = library(tmp_path / "liba.so", "void *_Znwm(unsigned long);\nvoid *get(void) { return _Znwm(1); }\n" + CONSTRUCTOR)
    assert planned(file, host=("libstdc++.so.6",)).mapped


@pytest.mark.parametrize("rest", sparse.Mapped)
def test_relocated_code_is_whole(tmp_path: Path, rest: sparse.Mapped) -> None:
    file = library(tmp_path / "liba.so", CODE)
    content = file.read_bytes()
    start, size, count = dynamic_of(file)
    entries = list(struct.iter_unpack("<QQ", content[start : start + size * count]))
    entries[next(number for number, (tag, _) in enumerate(entries) if tag == 0x6FFFFFF9)] = (22, 0)  # DT_RELACOUNT -> DT_TEXTREL
    patches = ((start, b"".join(struct.pack("<QQ", *entry) for entry in entries)),)
    assert is_whole(planned(file, patches=patches, rest=rest), file)


def test_segments_that_share_a_page_are_whole(tmp_path: Path) -> None:
    """Where pages may be larger than the linker took them for."""
    file = library(tmp_path / "liba.so", CODE, ["-Wl,-z,max-page-size=4096"])
    assert is_whole(planned(file, page=65536), file)
    file = library(tmp_path / "liba.so", CODE, ["-Wl,-z,max-page-size=65536,-z,common-page-size=65536"])
    assert planned(file, page=65536).mapped


@pytest.mark.parametrize("flags", [[], ["-nostdlib", "-Wl,-z,noseparate-code"]])
def test_without_sections_it_is_whole(tmp_path: Path, flags: "list[str]") -> None:
    """Also where all that ld.so reads happens to lie together."""
    file = library(tmp_path / "liba.so", CODE + LARGE + "int *pointers[40000] = {[20000] = &answer};\n", flags)
    assert planned(file).mapped
    content = bytearray(file.read_bytes())
    struct.pack_into("<Q", content, 40, 0)
    struct.pack_into("<HHH", content, 58, 0, 0, 0)
    file.write_bytes(content)
    assert is_whole(planned(file), file)


def test_with_a_search_path_of_its_own_it_is_whole(tmp_path: Path) -> None:
    file = library(tmp_path / "liba.so", CODE)
    assert is_whole(planned(file, host=None), file)


def test_another_machine_has_no_plan(tmp_path: Path) -> None:
    content = bytearray(library(tmp_path / "liba.so", CODE).read_bytes())
    struct.pack_into("<H", content, 18, 21)  # EM_PPC64
    assert sparse.plan(bytes(content), (), PAGE, ()) == b""
