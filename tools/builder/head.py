"""How a par begins: what starts it, up to its first member (ARCHITECTURE.md, sections 3 and 5)."""

import pathlib
import posixpath
import re
import struct
import zlib

from tools.builder import boot, python_target
from tools.builder.manifest import Manifest
from tools.builder.options import Options
from tools.builder.runtime import Runtime
from tools.builder.zip_writer import Member, ZipLayout

_HEADER = struct.Struct("<8sIIQQQ")
MAGIC, _FORMAT = b"RULESPAR", 1
_MAIN, _PACKAGE = "__main__.py", "_rules_par/__init__.py"  # of the launcher
# Of the launcher, what every program needs.
_START = (
    "after_import",
    "archive",
    "errors",
    "files",
    "importer",
    "launcher",
    "program",
    "reentry",
    "site_builtins",
    "site_packages",
    "standard_library",
)
# What a `#!` line runs, with `f`, the par as a file; and what that runs in a Python whose byte code is another. To start from a ZIP archive
# Python imports runpy, os and more, which takes longer than all that the launcher does.
_START_SOURCE, _ZIP_START_SOURCE = (pathlib.Path(__file__).with_name(name) for name in ("host_start.py", "host_zip_start.py"))
# The kernel hands what follows the interpreter on as one argument, and up to Linux 5.0 reads no more of the line than this.
_LONGEST_LINE = 127
# Without a space before it: Python before 3.14 takes that for indentation. The last word is for a par that ends here: it has no name `damaged`.
_STARTS_SOURCE = "import sys;f=open(sys.argv[1],'rb',0);f.seek({:3});exec(f.read({})or'damaged')"
_OPTIONS = re.compile(r"(/\S*/python[0-9.]*)(?: -([bBdEIOPqsSuv]+))?")
_DAMAGED = "# coding: this-par-is-damaged-or-cut-short--copy-it-again\n"


def start_check(start: bytes) -> int:
    """The checksum of what precedes the first member, which no other covers. The header in a stub does not count: it is filled in last."""
    at = start.find(MAGIC)
    if at >= 0:
        start = start[:at] + bytes(boot.HEADER_SIZE) + start[at + boot.HEADER_SIZE :]
    return zlib.crc32(start)


def is_for_zipimport(path: str) -> bool:
    """Whether the member is a part of the launcher that the host's Python imports."""
    return path in (_MAIN, f"{_MAIN}c") or (path.startswith("_rules_par/") and path.endswith((".py", ".pyc")))


class HostPythonHead:
    """A `#!` line, and what it has Python do. A Python that is given the par as a program finds the launcher in the ZIP archive.

    Attributes:
        start: what precedes the first member.
        rest_of_launcher: modules that few programs need: name -> marshalled code.
    """

    def __init__(self, options: Options, manifest: Manifest, python: python_target.PythonTarget, with_interposer: bool):
        interpreter = options.interpreter or f"/usr/bin/env python{python.version[0]}.{python.version[1]}"
        self._header = Member("_rules_par/header", bytes(_HEADER.size), _HEADER.size)
        self._launcher = [Member(path, source, source.stat().st_size) for path, source in manifest.launcher.items()]
        # zipimport looks for byte code beside the source.
        compiled, self.rest_of_launcher = _compiled_launcher(python, manifest.launcher)
        for path, content in compiled.items():
            self._launcher.append(Member(f"{path}c", content, len(content)))
        self._package = next(member for member in self._launcher if member.path == f"{_PACKAGE}c")
        self._interposer = None
        if with_interposer and options.interposer:
            self._interposer = Member("_rules_par/interposer.so", options.interposer, options.interposer.stat().st_size, True)
        self._interpreter, self._magic = interpreter, python.magic
        self.start = self._lines()

    def _lines(self) -> bytes:
        """The same length whether the launcher has its place or not."""
        matched = _OPTIONS.fullmatch(self._interpreter)
        if matched:
            size, offset = self._package.size - python_target.PYC_HEADER, max(self._package.offset, 0) + python_target.PYC_HEADER
            beginning, _, rest = _START_SOURCE.read_text(encoding="utf-8").partition("\n")
            values = f"MAGIC, SIZE, OFFSET, OTHERWISE = {self._magic!r}, {size}, {offset:15}, {_ZIP_START_SOURCE.read_text(encoding='utf-8')!r}"
            source = f"{beginning}\n    {values}\n{rest}".encode()
            command = f"#!{matched[1]} -{matched[2] or ''}c"
            length = len(f"{command}{_STARTS_SOURCE.format(0, len(source))}\n".encode())
            if length <= _LONGEST_LINE:
                start = _STARTS_SOURCE.format(length + len(_DAMAGED), len(source))
                return f"{command}{start}\n{_DAMAGED}".encode() + source
        return f"#!{self._interpreter}\n{_DAMAGED}".encode()

    def place(self, layout: ZipLayout) -> None:
        """Places the header."""
        layout.place(self._header)

    def place_launcher(self, layout: ZipLayout) -> None:
        """Places the launcher, behind all members."""
        for member in sorted(self._launcher, key=lambda member: member.path):
            layout.place(member, for_zipimport=True)
        if self._interposer:
            layout.place(self._interposer)
        self.start = layout.start = self._lines()

    @property
    def interposer(self) -> "tuple[int, int]":
        """For the launcher: where the interposer is; (0, 0) without one."""
        return (self._interposer.offset, self._interposer.size) if self._interposer else (0, 0)

    def finish(self, layout: ZipLayout, root: "tuple[int, int]", *_: "tuple[int, int]") -> None:
        """Fills in what is known once everything has its place."""
        self._header.content = _HEADER.pack(MAGIC, _FORMAT, 0, layout.size, *root)


def _compiled_launcher(python: python_target.PythonTarget, sources: "dict[str, pathlib.Path]") -> "tuple[dict[str, bytes], dict[str, bytes]]":
    """Byte code files for __main__, and for the package with what every program needs of it; and the rest: finding and reading each
    module by itself takes Python longer than running it."""
    texts = {path: file.read_bytes() for path, file in sources.items()}
    compiled = python_target.compile_texts(python, texts, python_target.STRIPPED)
    modules = {
        posixpath.basename(path)[: -len(".py")]: content[python_target.PYC_HEADER :]
        for path, content in compiled.items()
        if path not in (_MAIN, _PACKAGE)
    }
    start = {name: modules.pop(name) for name in _START}
    package = texts[_PACKAGE] + f"\n\nserve({start!r})\n".encode()
    return {_MAIN: compiled[_MAIN], **python_target.compile_texts(python, {_PACKAGE: package}, python_target.STRIPPED)}, modules


class OwnPythonHead:
    """The stub, the ELF files that it starts from, and the boot record that tells it how."""

    def __init__(self, runtime: Runtime, manifest: Manifest, python: python_target.PythonTarget, page: int, static_tls: int):
        self.start = runtime.stub.read_bytes()
        self._runtime, self._manifest, self._python, self._page = runtime, manifest, python, page
        self._static_tls = static_tls

    def place(self, layout: ZipLayout) -> None:
        """Places what the stub needs."""
        self._boot, self.images = self._runtime.place(layout, self._python, self._manifest.launcher, self._page, self._static_tls)

    def place_launcher(self, layout: ZipLayout) -> None:
        """It is in the boot record."""

    interposer = (0, 0)  # ld.so has loaded it before there is a launcher
    rest_of_launcher: dict = {}  # all of it is in the boot record

    def finish(self, layout: ZipLayout, root: "tuple[int, int]", *others: "tuple[int, int]") -> None:
        """Fills in what is known once everything has its place."""
        layout.start = boot.stub_with_header(layout.start, layout.size, root, (self._boot.offset, self._boot.size), *others)
