"""C code reads, lists, runs and loads what lies in the par. Runs as a par."""

import concurrent.futures
import ctypes
import errno
import importlib
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(__file__)
DATA = f"{HERE}/data.txt"
CONTENT = b"The content of a file that lies in the par.\n"
DIRECTORY_SIZE = 1000000  # what reader.c says of a directory
GLOB_NOMATCH = 3
READER = ctypes.CDLL(f"{HERE}/libreader.so")


def call(function: str, path: str, *arguments: object) -> int:
    named = getattr(READER, function)
    named.restype = ctypes.c_long
    return named(os.fsencode(path), *arguments)


def text(function: str, path: str) -> "bytes | int":
    room = ctypes.create_string_buffer(4096)
    size = call(function, path, room, ctypes.c_size_t(len(room)))
    return room.raw[:size] if size >= 0 else size


def convert(to: str, source: str, data: bytes, room: int = 100) -> "tuple[int, int, bytes]":
    """(errno, bytes taken, output)."""
    buffer = ctypes.create_string_buffer(room)
    taken, made = ctypes.c_size_t(), ctypes.c_size_t()
    READER.convert.restype = ctypes.c_long
    result = READER.convert(
        f"{to},{source}".encode(), data, ctypes.c_size_t(len(data)), buffer, ctypes.c_size_t(room), ctypes.byref(taken), ctypes.byref(made)
    )
    return -result, taken.value, buffer.raw[: made.value]


class ReadingTest(unittest.TestCase):
    def test_is_in_a_par(self) -> None:
        par = HERE[: HERE.index(".par/") + len(".par")]
        self.assertTrue(os.path.isfile(par), par)

    def test_content(self) -> None:
        for function in ("fopen", "freopen", "open", "openat", "syscall", "mmap"):
            with self.subTest(function):
                self.assertEqual(text(f"read_by_{function}", DATA), CONTENT)
                self.assertEqual(text(f"read_by_{function}", f"{HERE}/directory/../directory//deeper/./file.txt"), b"deep\n")
                self.assertEqual(text(f"read_by_{function}", f"{HERE}/no.txt"), -errno.ENOENT)
                self.assertEqual(text(f"read_by_{function}", f"{DATA}/no"), -errno.ENOTDIR)

    def test_through_a_library_of_the_host(self) -> None:
        # Loaded late: libstdc++ comes with it.
        read = ctypes.CDLL(f"{HERE}/libstream.so").read_by_stream
        read.restype = ctypes.c_long
        room = ctypes.create_string_buffer(4096)
        size = read(os.fsencode(DATA), room, ctypes.c_size_t(len(room)))
        self.assertEqual(room.raw[:size], CONTENT)
        self.assertEqual(read(os.fsencode(f"{HERE}/no.txt"), room, ctypes.c_size_t(len(room))), -1)

    def test_relative_to_the_current_directory(self) -> None:
        par, _, inside = DATA.partition(".par/")
        before = os.getcwd()
        os.chdir(os.path.dirname(par))
        try:
            self.assertEqual(text("read_by_fopen", f"./{os.path.basename(par)}.par/{inside}"), CONTENT)
        finally:
            os.chdir(before)

    def test_outside_nothing_changes(self) -> None:
        self.assertEqual(text("read_by_open", "/dev/null"), b"")
        self.assertEqual(text("read_by_open", "/dev/null/file"), -errno.ENOTDIR)
        self.assertEqual(text("read_by_open", f"{HERE[: HERE.index('.par/')]}.par.no/file"), -errno.ENOENT)
        self.assertEqual(text("list", "/nowhere"), -errno.ENOENT)
        self.assertIn(b"self", text("list", "/proc").splitlines())

    def test_writing_is_refused(self) -> None:
        self.assertEqual(call("open_to_write", DATA), -errno.EROFS)
        self.assertEqual(call("open_to_write", f"{HERE}/new"), -errno.EROFS)
        self.assertEqual(call("open_to_write", f"{HERE}/no/new"), -errno.ENOENT)

    def test_status(self) -> None:
        for function in ("stat", "lstat", "fstatat", "statx"):
            with self.subTest(function):
                self.assertEqual(call(f"size_by_{function}", DATA), len(CONTENT))
                self.assertEqual(call(f"size_by_{function}", f"{HERE}/directory"), DIRECTORY_SIZE)
                self.assertEqual(call(f"size_by_{function}", f"{HERE}/directory/"), DIRECTORY_SIZE)
                self.assertEqual(call(f"size_by_{function}", f"{DATA}/"), -errno.ENOTDIR)
                self.assertEqual(call(f"size_by_{function}", f"{HERE}/no"), -errno.ENOENT)

    def test_names_of_a_large_directory(self) -> None:
        directory = os.path.dirname(importlib.import_module("names").__file__ or "")
        listed = {name for name in text("list", directory).decode().split("\n") if name and name not in ("./", "../")}
        names = listed - {"__init__.py", "__pycache__/"}
        self.assertEqual(len(names), 307)
        self.assertGreater(len({name for name in names if not name.isascii()}), 4)
        for name in names:
            size = DIRECTORY_SIZE if name[-1] == "/" else len(name.encode())
            self.assertEqual(call("size_by_stat", f"{directory}/{name}"), size, name)
        known = {name.rstrip("/") for name in listed}
        for name in {other for name in known for other in (name + "0", name + "\u00ff", name[:-1], name + ".", "0" + name) if other} - known:
            self.assertEqual(call("size_by_stat", f"{directory}/{name}"), -errno.ENOENT, name)

    def test_access(self) -> None:
        self.assertEqual(call("may", DATA, os.R_OK), 0)
        self.assertEqual(call("may", DATA, os.W_OK), -errno.EROFS)
        self.assertEqual(call("may", DATA, os.X_OK), -errno.EACCES)
        self.assertEqual(call("may", f"{HERE}/script.sh", os.X_OK), 0)
        self.assertEqual(call("may", f"{HERE}/directory", os.X_OK), 0)

    def test_links_attributes_file_system(self) -> None:
        self.assertEqual(call("read_link", DATA), -errno.EINVAL)
        self.assertEqual(call("attributes", DATA), 0)
        self.assertGreater(call("block_size", DATA), 0)
        self.assertEqual(call("block_size", f"{HERE}/no"), -errno.ENOENT)

    def test_errno(self) -> None:
        """Some callers look at it without having failed: Python's `ssl` does."""
        self.assertEqual(call("changes_errno", DATA, os.fsencode(f"{HERE}/directory")), 0)

    def test_real_path(self) -> None:
        self.assertEqual(text("resolve", f"{HERE}/directory/../data.txt"), os.fsencode(os.path.realpath(DATA)))

    def test_listing(self) -> None:
        self.assertEqual(text("list", f"{HERE}/directory").split(), [b"./", b"../", b"file.txt", b"deeper/"])
        self.assertEqual(text("list", DATA), -errno.ENOTDIR)
        self.assertEqual(text("scan", f"{HERE}/directory").split(), [b"deeper", b"file.txt"])
        # The par itself is listed, too: importlib.metadata would read all of the ZIP archive instead.
        par = HERE[: HERE.index(".par/") + len(".par")]
        for path in (par, f"{par}/", f"{os.path.dirname(par)}/./{os.path.basename(par)}", os.path.relpath(par)):
            self.assertIn(b"_main/", text("list", path).split())
            self.assertIn("_main", os.listdir(path))
        self.assertEqual(text("scan", f"{HERE}/no"), -errno.ENOENT)

    def test_patterns(self) -> None:
        here = os.fsencode(HERE)
        self.assertEqual(text("match", f"{HERE}/directory/*").split(), [here + b"/directory/deeper/", here + b"/directory/file.txt"])
        self.assertEqual(text("match", f"{HERE}/{{dir*/*/*.txt,no*}}").split(), [here + b"/directory/deeper/file.txt"])
        self.assertEqual(text("match", f"{HERE}/*.none"), -GLOB_NOMATCH)
        self.assertEqual(text("match", "/pro[c]").split(), [b"/proc/"])

    def test_programs(self) -> None:
        for program in ("program", "script.sh", "script.py"):
            for function in ("spawn", "execute"):
                with self.subTest(program=program, function=function):
                    self.assertEqual(call(function, f"{HERE}/{program}", b"7"), 7)
            with self.subTest(program=program):
                self.assertEqual(subprocess.run([f"{HERE}/{program}", "7"], check=False).returncode, 7)
        self.assertEqual(call("spawn", DATA, b"7"), -errno.EACCES)

    def test_a_program_that_needs_what_lies_beside_it(self) -> None:
        done = subprocess.run(["named", "x"], executable=f"{HERE}/tool", capture_output=True, text=True, check=False)
        if os.environ["MODE"] == "system":  # the kernel starts it, and the host's ld.so looks where the host has libraries
            self.assertEqual((done.returncode, done.stdout), (127, ""), done.stderr)
            return
        path = os.path.realpath(f"{HERE}/tool")
        said = [path, "named", "3", "tool", "40", "clean", path, "cancelled", "x", "9"]
        self.assertEqual((done.stdout.splitlines(), done.returncode, done.stderr), (said, 3, ""))

    def test_a_zip_file_to_import_from(self) -> None:
        path = f"{HERE}/modules.zip"
        sys.path.append(path)
        self.addCleanup(sys.path.remove, path)
        module = importlib.import_module("package.module")
        self.assertEqual(module.__file__, f"{path}/package/module.py")
        self.assertEqual(module.__spec__.loader.get_source("package.module"), "VALUE = 42\n")
        with self.assertRaises(ImportError):
            importlib.import_module("package.none")

    def test_encodings(self) -> None:
        """Those that libc has as plug-ins, too, which a par in full mode does not carry."""
        text = "Grüße, 日本"
        for encoding in ("SHIFT_JIS", "EUC-JP", "ISO-2022-JP"):
            with self.subTest(encoding):
                word = text[-2:]
                self.assertEqual(convert(encoding, "UTF-8", word.encode()), (0, 6, word.encode(encoding)))
                self.assertEqual(convert("UTF-8", encoding, word.encode(encoding)), (0, len(word.encode(encoding)), word.encode()))
        self.assertEqual(convert("UTF-8", "ISO-8859-1", text[:5].encode("latin-1")), (0, 5, text[:5].encode()))
        self.assertEqual(convert("ISO-8859-1", "UCS-2LE", text[:5].encode("utf-16-le")), (0, 10, text[:5].encode("latin-1")))
        self.assertEqual(convert("UTF-8", "CP1252", b"\x80")[2], "€".encode())
        # No room, an incomplete character, one that the target lacks, bytes that are none, an encoding that is none.
        self.assertEqual(convert("UTF-8", "ISO-8859-1", text[:5].encode("latin-1"), room=5), (errno.E2BIG, 3, "Grü".encode()))
        self.assertEqual(convert("ISO-8859-1", "SHIFT_JIS", b"ab\x93"), (errno.EINVAL, 2, b"ab"))
        self.assertEqual(convert("ISO-8859-1", "UTF-8", text.encode())[::2], (errno.EILSEQ, "Grüße, ".encode("latin-1")))
        self.assertEqual(convert("UTF-8", "EUC-JP", b"a\xff\xffb")[::2], (errno.EILSEQ, b"a"))
        self.assertEqual(convert("UTF-8", "NO-SUCH-ENCODING", b"")[0], errno.EINVAL)
        self.assertEqual(convert("UTF-8", "rot13", b"")[0], errno.EINVAL)

    def test_libraries(self) -> None:
        room = ctypes.create_string_buffer(4096)
        self.assertEqual(call("load", f"{HERE}/libplugin.so", room, ctypes.c_size_t(len(room))), 42, room.value)
        self.assertLess(call("load", f"{HERE}/libno.so", room, ctypes.c_size_t(len(room))), 0)
        self.assertIn(b"libno.so: cannot open shared object file", room.value)
        self.assertLess(call("load", "libno.so.1", room, ctypes.c_size_t(len(room))), 0)

    def test_global_symbols(self) -> None:
        with self.assertRaisesRegex(OSError, "undefined symbol: base"):
            ctypes.CDLL(f"{HERE}/libconsumer.so", mode=os.RTLD_NOW)
        ctypes.CDLL(f"{HERE}/libbase.so", mode=ctypes.RTLD_GLOBAL)
        self.assertEqual(ctypes.CDLL(f"{HERE}/libconsumer.so", mode=os.RTLD_NOW).consume(), 41)

    def test_much_static_tls(self) -> None:
        """Where ld.so is started by the par, it keeps enough; else there is as little as for an installed program."""
        if os.environ["MODE"] == "system":
            with self.assertRaisesRegex(OSError, 'cannot allocate memory in static TLS block.*mode = "full"'):
                ctypes.CDLL(f"{HERE}/libtls.so")
            return
        library = ctypes.CDLL(f"{HERE}/libtls.so")
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            self.assertEqual([library.fill_and_sum(1), *threads.map(library.fill_and_sum, (2, 3))], [4096, 8192, 12288])


if __name__ == "__main__":
    unittest.main()
