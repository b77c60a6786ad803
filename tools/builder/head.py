"""How a par begins: what starts it, up to its first member (ARCHITECTURE.md, sections 3 and 5)."""

import pathlib
import posixpath
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
_REST = "_rules_par/_rest.py"
# Of the launcher, what every program needs.
_START = ("after_import", "archive", "errors", "files", "importer", "launcher", "program", "reentry", "site_packages")
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
    """A `#!` line; the host's Python then finds the launcher in the ZIP archive."""

    def __init__(self, options: Options, manifest: Manifest, python: python_target.PythonTarget, with_interposer: bool):
        interpreter = options.interpreter or f"/usr/bin/env python{python.version[0]}.{python.version[1]}"
        self.start = f"#!{interpreter}\n{_DAMAGED}".encode()
        self._header = Member("_rules_par/header", bytes(_HEADER.size), _HEADER.size)
        self._launcher = [Member(path, source, source.stat().st_size) for path, source in manifest.launcher.items()]
        # zipimport looks for byte code beside the source.
        for path, content in _compiled_launcher(python, manifest.launcher).items():
            self._launcher.append(Member(f"{path}c", content, len(content)))
        self._interposer = None
        if with_interposer and options.interposer:
            self._interposer = Member("_rules_par/interposer.so", options.interposer, options.interposer.stat().st_size, True)

    def place(self, layout: ZipLayout) -> None:
        """Places the header."""
        layout.place(self._header)

    def place_launcher(self, layout: ZipLayout) -> None:
        """Places the launcher, behind all members."""
        for member in sorted(self._launcher, key=lambda member: member.path):
            layout.place(member, for_zipimport=True)
        if self._interposer:
            layout.place(self._interposer)

    @property
    def interposer(self) -> "tuple[int, int]":
        """For the launcher: where the interposer is; (0, 0) without one."""
        return (self._interposer.offset, self._interposer.size) if self._interposer else (0, 0)

    def finish(self, layout: ZipLayout, root: "tuple[int, int]", *_: "tuple[int, int]") -> None:
        """Fills in what is known once everything has its place."""
        self._header.content = _HEADER.pack(MAGIC, _FORMAT, 0, layout.size, *root)


def _compiled_launcher(python: python_target.PythonTarget, sources: "dict[str, pathlib.Path]") -> "dict[str, bytes]":
    """Byte code files for __main__, for the package with what every program needs of it, and for the rest: finding and reading each
    module by itself in a ZIP archive takes Python longer than running it."""
    compiled = python_target.compile_sources(python, sources, python_target.STRIPPED)
    modules = {
        posixpath.basename(path)[: -len(".py")]: content[python_target.PYC_HEADER :]
        for path, content in compiled.items()
        if path not in (_MAIN, _PACKAGE)
    }
    start = {name: modules.pop(name) for name in _START}
    texts = {
        _PACKAGE: f"{sources[_PACKAGE].read_text(encoding='utf-8')}\n\ntake_from({start!r})\n",
        _REST: f"CODE = {modules!r}\n",
    }
    return {_MAIN: compiled[_MAIN], **python_target.compile_texts(python, texts)}


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

    def finish(self, layout: ZipLayout, root: "tuple[int, int]", *others: "tuple[int, int]") -> None:
        """Fills in what is known once everything has its place."""
        layout.start = boot.stub_with_header(layout.start, layout.size, root, (self._boot.offset, self._boot.size), *others)
