"""Turns a manifest into a par."""

import dataclasses
import os
import pathlib
import posixpath
import struct

from tools.builder import index, python_target
from tools.builder.errors import BuildError
from tools.builder.manifest import Manifest
from tools.builder.natives import NativeMembers
from tools.builder.patchelf import Patchelf
from tools.builder.zip_writer import Member, ZipLayout

_HEADER = struct.Struct("<8sIIQQQ")
_MAGIC, _FORMAT = b"RULESPAR", 1
_PAGE = {"x86_64": 4096, "i686": 4096, "s390x": 4096}  # elsewhere kernels may have pages of 64 KiB
_LARGEST_PAGE = 65536
_DAMAGED = "# coding: this-par-is-damaged-or-cut-short--copy-it-again\n"
_OLDEST_PYTHON = (3, 9)


@dataclasses.dataclass(frozen=True)
class Options:
    """What the rule decides.

    Attributes:
        main: member path of the program.
        workspace: name of the main repository in runfiles.
        interpreter: the `#!` line without `#!`; "" for `/usr/bin/env python3.<minor>`.
        host_libraries: SONAMEs that the host may provide, beside the policy.
    """

    main: str
    workspace: str
    interpreter: str = ""
    host_libraries: "tuple[str, ...]" = ()


def build(manifest: Manifest, options: Options, python: python_target.PythonTarget, patchelf: Patchelf, output: pathlib.Path) -> dict:
    """Writes the par; returns its listing. Raises BuildError, and then leaves no file."""
    if options.main not in manifest.members:
        raise BuildError(f"{options.main}: the main module is not among the files of the program: add it to srcs")
    natives = NativeMembers(manifest, python.machine, frozenset(options.host_libraries), patchelf)
    members = _members(manifest, natives, python)

    shebang = options.interpreter or f"/usr/bin/env python{python.version[0]}.{python.version[1]}"
    layout = ZipLayout(f"#!{shebang}\n{_DAMAGED}".encode())
    header = Member("_rules_par/header", bytes(_HEADER.size), _HEADER.size)
    layout.place(header)
    for member in _launcher(manifest, python):
        layout.place(member)
    for member in members:
        if member.path not in natives.members:
            layout.place(member)
    for member in members:
        if member.path in natives.members:
            layout.place(member, _PAGE.get(python.machine, _LARGEST_PAGE))

    # The index tells where everything is, itself included, so it comes last.
    writer = index.IndexWriter(layout.next_offset("_rules_par/index"))
    root = writer.add(_root_record(writer, manifest, options, python, members, natives))
    layout.place(Member("_rules_par/index", writer.content(), len(writer.content())))
    header.content = _HEADER.pack(_MAGIC, _FORMAT, 0, layout.size, *root)

    partial = output.with_name(output.name + ".partial")
    try:
        with partial.open("wb") as file:
            layout.write(file)
        partial.chmod(0o755)
        os.replace(partial, output)
    finally:
        partial.unlink(missing_ok=True)
    return {
        "python": f"{python.version[0]}.{python.version[1]}",
        "members": {member.path: member.size for member in members},
        "native": natives.listing(),
    }


def _members(manifest: Manifest, natives: NativeMembers, python: python_target.PythonTarget) -> "list[Member]":
    """All members of the program, byte code included, sorted by path."""
    members = {}
    for path, source in manifest.members.items():
        if source.file is None:
            members[path] = Member(path, b"", 0)
        else:
            file = natives.files.get(path, source.file)
            with file.open("rb") as opened:
                start = opened.read(4)
            executable = start == b"\x7fELF" or start.startswith(b"#!")
            members[path] = Member(path, file, file.stat().st_size, executable, natives.patches.get(path, ()))
    sources = {path: source.file or pathlib.Path(os.devnull) for path, source in manifest.members.items() if path.endswith(".py")}
    for path, content in python_target.compile_sources(python, sources).items():
        compiled = index.compiled_path(path, python.cache_tag)
        members[compiled] = Member(compiled, content, len(content))
    return [members[path] for path in sorted(members)]


def _launcher(manifest: Manifest, python: python_target.PythonTarget) -> "list[Member]":
    """The launcher's sources, and its byte code where zipimport looks for it: beside them."""
    members = [Member(path, source, source.stat().st_size) for path, source in manifest.launcher.items()]
    for path, content in python_target.compile_sources(python, manifest.launcher).items():
        members.append(Member(f"{path}c", content, len(content)))
    return sorted(members, key=lambda member: member.path)


def _root_record(
    writer: index.IndexWriter,
    manifest: Manifest,
    options: Options,
    python: python_target.PythonTarget,
    members: "list[Member]",
    natives: NativeMembers,
) -> dict:
    by_path = {member.path: member for member in members}
    table = natives.table(by_path)
    # An extension module without an ABI in its name may use anything of the version it was built for.
    exact = any(
        name.endswith(python.extension_suffixes[0]) or (natives.members[name].elf.is_extension and not name.endswith(".abi3.so"))
        for name in natives.members
    )
    compiled = by_path.get(index.compiled_path(options.main, python.cache_tag))
    return {
        "python": {
            "version": python.version,
            "magic": python.magic,
            "suffix": python.extension_suffixes[0],
            "machine": python.machine if natives.members else "",
            "exact": exact,
            "minimum": _OLDEST_PYTHON,
        },
        "main": (_module_name(options.main), options.main, *index.code_position(compiled)),
        "roots": _roots(manifest, options),
        "tree": index.add_tree(writer, members, python.extension_suffixes, python.cache_tag),
        "natives": writer.add(table) if table[0] else (0, 0),
    }


def _module_name(main: str) -> str:
    """The dotted name of the main module from the root of its repository; "" when it has none: a directory with a dot."""
    stem = posixpath.splitext(main.partition("/")[2] or main)[0]
    return "" if "." in stem else stem.replace("/", ".")


def _roots(manifest: Manifest, options: Options) -> "tuple[str, ...]":
    """Directories of the par for sys.path, in the order that a py_binary has: main's directory, the root of the
    runfiles, import roots, and the repositories with modules that lie outside their import roots."""
    repositories = {
        path.partition("/")[0]
        for path in manifest.members
        if path.endswith((".py", ".so")) and "/" in path and not any(path.startswith(f"{root}/") for root in manifest.imports)
    }
    ordered = [posixpath.dirname(options.main), "", *manifest.imports, options.workspace, *sorted(repositories)]
    return tuple(dict.fromkeys(ordered))
