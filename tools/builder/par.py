"""Turns a manifest into a par."""

import dataclasses
import os
import pathlib
import posixpath
from collections.abc import Collection

from tools.builder import closure, deepfrozen, index, programs, python_target, scripts
from tools.builder.bytecode import Bytecode
from tools.builder.errors import BuildError
from tools.builder.head import HostPythonHead, OwnPythonHead, start_check
from tools.builder.inspection import Inspections
from tools.builder.manifest import Manifest, Source
from tools.builder.natives import NativeMembers
from tools.builder.options import Options
from tools.builder.patchelf import Patchelf
from tools.builder.runtime import DIRECTORY, Runtime
from tools.builder.zip_writer import Member, ZipLayout

_PAGE = {"x86_64": 4096, "i686": 4096, "s390x": 4096}  # elsewhere kernels may have pages of 64 KiB
_LARGEST_PAGE = 65536
_DEEPFROZEN_ALIGNMENT = 16  # of objects
_OLDEST_PYTHON = (3, 9)


def build(
    manifest: Manifest,
    options: Options,
    python: python_target.PythonTarget,
    patchelf: Patchelf,
    output: pathlib.Path,
    runtime: "Runtime | None" = None,
    bytecode: "Bytecode | None" = None,
    inspections: "Inspections | None" = None,
) -> dict:
    """Writes the par, with `runtime` as its own Python or for the host's, and what is in `bytecode` not compiled again, and what is in
    `inspections` not looked at again; returns its listing. Raises BuildError, and then leaves no file."""
    if options.main not in manifest.members:
        raise BuildError(f"{options.main}: the main module is not among the files of the program: add it to srcs")
    if runtime:
        own = runtime.member_sources(python)
        manifest = dataclasses.replace(manifest, members=dict(sorted({**manifest.members, **own}.items())))
        host, policy, kept = runtime.host_names, runtime.policy, runtime.kept
    else:
        own, host, policy, kept = {}, frozenset(), closure.host_policy, frozenset()
    linker = runtime.linker if runtime else ""
    natives = NativeMembers(manifest, python.machine, host | set(options.host_libraries), patchelf, policy, kept, inspections, linker)
    for path in natives.members:
        if path in own:
            natives.patches[path] = tuple(sorted({*natives.patches[path], *runtime.plugin_patches(natives.files[path])}))
    roots = _roots(manifest, options)
    script_members = scripts.collect(manifest, options, python, roots)
    bytecode = bytecode or Bytecode((), python)
    page = _PAGE.get(python.machine, _LARGEST_PAGE)

    if runtime:
        head = OwnPythonHead(runtime, manifest, python, page, natives.static_tls)
    else:
        head = HostPythonHead(options, manifest, python, with_interposer=bool(natives.members))
    layout = ZipLayout(head.start)
    head.place(layout)
    by_path = _file_members(manifest, natives, own)
    files = list(by_path.values())
    for member in files:
        layout.place(member, page if member.path in natives.files else 1)
    partial = output.with_name(output.name + ".partial")
    try:
        with layout.writing(partial, files) as write_others:
            others = _other_members(manifest, natives, python, bytecode)
            others.update((member.path, member) for member in script_members.values())
            by_path.update(others)
            frozen = _place(layout, [others[path] for path in sorted(others)], bytecode)
            startable = Member(programs.PATH, b"", 0)
            if natives.programs:
                for number, path in enumerate(programs.select(natives, runtime), 1):
                    by_path[path].program = number
                startable = programs.record(natives, runtime, head.images, by_path)
                layout.place(startable)
            head.place_launcher(layout)
            # The index tells where everything is, itself included, so it comes last.
            writer = index.IndexWriter(layout.next_offset("_rules_par/index"))
            full = runtime if runtime and runtime.full else None
            record = _root_record(writer, roots, options, python, by_path, natives, script_members, full, head, page, frozen)
            root = writer.add(record)
            layout.place(Member("_rules_par/index", writer.content(), len(writer.content())))
            head.finish(layout, root, record["index"], record["tree"], (max(startable.offset, 0), startable.size))
            write_others()
        partial.chmod(0o755)
        os.replace(partial, output)
    finally:
        partial.unlink(missing_ok=True)
    return {
        "mode": ("full" if runtime.full else "embedded") if runtime else "system",
        "python": f"{python.version[0]}.{python.version[1]}",
        "members": {path: by_path[path].size for path in sorted(by_path)},
        "native": natives.listing(),
    }


def _file_members(manifest: Manifest, natives: NativeMembers, standard: "Collection[str]") -> "dict[str, Member]":
    """What certainly is a file: native members in their order, then the others. `standard`: those that come with Python."""
    members = {}
    for path in natives.in_layout_order(standard):
        file = natives.files[path]
        size, crc = natives.known.get(path) or (file.stat().st_size, None)
        members[path] = Member(path, file, size, True, natives.patches[path], crc)
    for path, source in manifest.members.items():
        if path not in members and source.file is not None and not _is_cache(path):
            members[path] = _file_member(path, source, natives)
    return members


def _is_cache(path: str) -> bool:
    """Whether byte code of ours may take its place."""
    return path.rpartition("/")[0].endswith("__pycache__")


def _file_member(path: str, source: Source, natives: NativeMembers) -> Member:
    size, crc = natives.known[path]
    return Member(path, source.file, size, path in natives.executables, (), crc)


def _other_members(
    manifest: Manifest, natives: NativeMembers, python: python_target.PythonTarget, bytecode: Bytecode
) -> "dict[str, Member]":
    """Byte code, and what is empty."""
    sources = {path: source.file for path, source in manifest.members.items() if path.endswith(".py") and path not in natives.files}
    members = {path: Member(path, b"", 0) for path, source in manifest.members.items() if source.file is None}
    caches = {path: source for path, source in manifest.members.items() if _is_cache(path) and source.file is not None and path not in natives.files}
    members.update((path, _file_member(path, source, natives)) for path, source in caches.items())
    for path, content in bytecode.compile(sources).items():
        bytecode_path, frozen_path = index.compiled_paths(path, python.cache_tag)
        compiled = bytecode_path if content[: len(python.magic)] == python.magic else frozen_path
        members[compiled] = Member(compiled, content, len(content))
    return members


def _place(layout: ZipLayout, members: "list[Member]", bytecode: Bytecode) -> "list[Member]":
    """Returns those with deep-frozen code, and what belongs to it; they come together: the stub maps them at once."""
    frozen = [member for member in members if member.path.endswith(index.DEEPFROZEN)]
    for member in members:
        if not member.path.endswith(index.DEEPFROZEN):
            layout.place(member)
    if frozen:
        names = bytecode.names.content()
        frozen.append(Member(deepfrozen.PATH, names, len(names)))
    for member in frozen:
        layout.place(member, _DEEPFROZEN_ALIGNMENT)
    return frozen


def _root_record(
    writer: index.IndexWriter,
    roots: "tuple[str, ...]",
    options: Options,
    python: python_target.PythonTarget,
    by_path: "dict[str, Member]",
    natives: NativeMembers,
    script_members: "dict[str, Member]",
    full: "Runtime | None",
    head: "HostPythonHead | OwnPythonHead",
    page: int,
    frozen: "list[Member]",
) -> dict:
    # In full mode the launcher finds what the host may provide; elsewhere ld.so does.
    allowed = options.host_libraries if full else ()
    table = natives.table(by_path, allowed, page)
    own = {**dict.fromkeys(sorted(full.host_names), -1), **natives.kept(table[1])} if full else {}
    # An extension module without an ABI in its name may use anything of the version it was built for.
    exact = any(
        name.endswith(python.extension_suffixes[0]) or (natives.members[name].elf.is_extension and not name.endswith(".abi3.so"))
        for name in natives.members
    )
    compiled = [by_path.get(path) for path in index.compiled_paths(options.main, python.cache_tag)]
    return {
        "python": {
            "version": python.version,
            "magic": python.magic,
            "suffix": python.extension_suffixes[0],
            "machine": python.machine if natives.members else "",
            "exact": exact,
            "minimum": _OLDEST_PYTHON,
        },
        "main": (_module_name(options.main), options.main, *index.code_position(*compiled)),
        "code": (frozen[0].offset, frozen[-1].offset, frozen[-1].size) if frozen else (0, 0, 0),
        "roots": roots,
        "tree": index.add_tree(writer, [by_path[path] for path in sorted(by_path)], python.extension_suffixes, python.cache_tag),
        "natives": writer.add(table) if table[0] else (0, 0),
        "outside": writer.add((own, allowed)) if full else (0, 0),
        "entry_points": tuple(sorted(name for name, _ in options.entry_points)),
        "scripts": writer.add({name: script_members[name].path for name in sorted(script_members)}) if script_members else (0, 0),
        "index": writer.span,
        "launcher": {name: writer.add(code) for name, code in head.rest_of_launcher.items()},
        "interposer": head.interposer,
        "start": (len(head.start), start_check(head.start)),
    }


def _module_name(main: str) -> str:
    """The dotted name of the main module from the root of its repository; "" when it has none: a directory with a dot."""
    stem = posixpath.splitext(main.partition("/")[2] or main)[0]
    return "" if "." in stem else stem.replace("/", ".")


def _roots(manifest: Manifest, options: Options) -> "tuple[str, ...]":
    """Directories of the par for sys.path, in the order that a py_binary has: main's directory, the root of the
    runfiles, import roots, and the repositories with modules that lie outside their import roots."""
    found_otherwise = tuple(f"{each}/" for each in (DIRECTORY, *manifest.imports))
    repositories = {
        path.partition("/")[0]
        for path in manifest.members
        if path.endswith((".py", ".so")) and "/" in path and not path.startswith(found_otherwise)
    }
    ordered = [posixpath.dirname(options.main), "", *manifest.imports, options.workspace, *sorted(repositories)]
    return tuple(dict.fromkeys(ordered))
