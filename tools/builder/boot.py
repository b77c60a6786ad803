"""What the stub reads: its header, and the boot record (python/stub/boot.h has the same)."""

import dataclasses
import pathlib
import re
import struct

from tools.builder.errors import BuildError

_HEADER = struct.Struct("<8sIIQQQQQQQQQQQ")
HEADER_SIZE = _HEADER.size
_BOOT = struct.Struct("<11I4x")
_IMAGE = struct.Struct("<QQIIII")
IMAGE_SIZE = _IMAGE.size
MAPPED, LIBRARY, AUDIT = range(3)  # what becomes of an image
_HOOK = b"rparhook"
_SETTING = struct.Struct("<IIII")
_MAGIC, _FORMAT, _BOOT_FORMAT = b"RULESPAR", 1, 1
_INT, _STRING, _COMMAND_LINE = range(3)
_OPTIONAL_STATIC_TLS = 512  # what ld.so keeps for libraries with TLS descriptors (glibc manual, "Dynamic Linking Tunables")
_OLD_FROZEN = 32  # more than the modules that Python up to 3.10 has in PyImport_FrozenModules itself

# Where fields of PyConfig are, on LP64 systems; 0 where there is none, or no need. All are given, so that
# getpath does not search for them; home keeps it from looking for pyvenv.cfg and ._pth files. A version keeps them (PEP 387: the ABI of a release).
_FIELDS = "install_signal_handlers parse_argv orig_argv site_import program_name module_search_paths_set stdlib_dir executable base_executable prefix base_prefix exec_prefix base_exec_prefix home".split()
_OFFSETS = {
    (3, 9): (16, 88, 0, 152, 112, 248, 0, 272, 280, 288, 296, 304, 312, 0),
    (3, 10): (16, 80, 88, 152, 240, 272, 0, 296, 304, 312, 320, 328, 336, 0),
    (3, 11): (16, 96, 104, 168, 264, 296, 320, 328, 336, 344, 352, 360, 368, 280),
    (3, 12): (16, 104, 112, 176, 272, 304, 328, 336, 344, 352, 360, 368, 376, 288),
    (3, 13): (16, 104, 112, 176, 280, 312, 336, 344, 352, 360, 368, 376, 384, 296),
    (3, 14): (16, 104, 112, 176, 288, 320, 344, 352, 360, 368, 376, 384, 392, 304),
}
# Nothing can exist below it: some versions look for pyvenv.cfg beside the executable whatever else they are given.
_NOWHERE = "/proc/self/rules_par/python"
# struct _frozen: size of an entry; place of is_package, 0: a package has a negative size.
_FROZEN = {(3, 9): (24, 0), (3, 10): (24, 0), (3, 11): (32, 20), (3, 12): (32, 20), (3, 13): (24, 20), (3, 14): (24, 20)}

@dataclasses.dataclass
class Image:
    """An ELF file that is part of the start: its name, and where it lies in the par; `plan`: of sparse.py, b"" to copy all of it."""

    name: str
    offset: int
    size: int
    kind: int = LIBRARY
    hook: int = 0
    plan: bytes = b""


def record(
    version: "tuple[int, int]",
    images: "list[Image]",
    frozen: "dict[str, tuple[bytes, bool]]",
    linker_path: str = "",
    static_tls: int = 0,
) -> bytes:
    """The boot record. `frozen`: module -> (marshalled code, whether it is a package); `linker_path`: of the host's ld.so,
    "" when images[1] is the par's own; `static_tls`: bytes, of libraries that are loaded later."""
    if version not in _OFFSETS:
        raise BuildError(f"Python {version[0]}.{version[1]} cannot be embedded yet: use mode = \"system\"")
    offsets = dict(zip(_FIELDS, _OFFSETS[version]))
    stride, package_at = _FROZEN[version]
    strings = bytearray()
    fixed = _BOOT.size + len(images) * _IMAGE.size + len(_FIELDS) * _SETTING.size
    table_at = -(-fixed // 16) * 16
    strings_at = table_at + (len(frozen) + _OLD_FROZEN + 1) * stride

    def text(value: str) -> int:
        strings.extend(value.encode() + b"\0")
        return strings_at + len(strings) - len(value.encode()) - 1

    def block(value: bytes) -> int:
        strings.extend(bytes(-(strings_at + len(strings)) % 8) + value)
        return strings_at + len(strings) - len(value)

    settings = []
    for field, offset in offsets.items():
        if not offset:
            continue
        if field in ("install_signal_handlers", "parse_argv", "module_search_paths_set"):
            settings.append(_SETTING.pack(offset, _INT, 1, 0))
        elif field == "site_import":
            settings.append(_SETTING.pack(offset, _INT, 0, 0))
        elif field == "orig_argv":
            settings.append(_SETTING.pack(offset, _COMMAND_LINE, 0, 0))
        else:
            settings.append(_SETTING.pack(offset, _STRING, text(_NOWHERE), 0))  # the launcher knows better
    image_table = b"".join(packed_image(each, text(each.name), block(each.plan) if each.plan else 0) for each in images)
    linker = text(linker_path) if linker_path else 0
    tunables = text(f"GLIBC_TUNABLES=glibc.rtld.optional_static_tls={_OPTIONAL_STATIC_TLS + static_tls}") if static_tls else 0
    table = bytearray((len(frozen) + _OLD_FROZEN + 1) * stride)
    for number, (name, (code, is_package)) in enumerate(frozen.items()):
        at = text(name)
        strings.extend(bytes(-len(strings) % 16))
        size = -len(code) if is_package and not package_at else len(code)
        struct.pack_into("<QQi", table, number * stride, at, strings_at + len(strings), size)
        if package_at:
            struct.pack_into("<i", table, number * stride + package_at, is_package)
        strings.extend(code)
    start = _BOOT.pack(
        _BOOT_FORMAT, linker, tunables, _BOOT.size, len(images), _BOOT.size + len(image_table), len(settings), table_at, len(frozen), stride, _OLD_FROZEN
    )
    return (start + image_table + b"".join(settings)).ljust(table_at, b"\0") + bytes(table) + bytes(strings)


def packed_image(image: Image, name: int, plan: int = 0) -> bytes:
    """As the stub reads it; `name`, `plan`: where in the record they stand."""
    return _IMAGE.pack(image.offset, image.size, name, image.kind, image.hook, plan)


def stub_with_header(stub: bytes, size: int, *positions: "tuple[int, int]") -> bytes:
    """The stub, its header filled in. `positions`: (offset, size) of the root record, the boot record, the index, its top directory,
    and the record of the programs."""
    at = stub.find(_MAGIC)
    if at < 0 or stub.find(_MAGIC, at + 1) >= 0:
        raise BuildError("the stub has no header: build //python/stub again")
    content = header(size, *positions)
    return stub[:at] + content + stub[at + len(content) :]


def header(size: int, *positions: "tuple[int, int]") -> bytes:
    """The header in the stub."""
    return _HEADER.pack(_MAGIC, _FORMAT, 0, size, *(number for position in positions for number in position))


def linker_path(record: bytes) -> str:
    """What `record` was given: the path of the host's ld.so, "" in full mode."""
    at = _BOOT.unpack_from(record)[1]
    return record[at : record.index(b"\0", at)].decode() if at else ""


def audit_hook(module: bytes) -> int:
    """Where in the audit module the stub writes an address."""
    at = module.find(_HOOK)
    if at < 0 or module.find(_HOOK, at + 1) >= 0:
        raise BuildError("the audit module has no hook: build //python/stub again")
    return at


def linker_patches(content: bytes) -> "tuple[tuple[int, bytes], ...]":
    """What to change in ld.so so that it never looks at the host: its default directories, its cache, /etc/ld.so.preload.
    Their second character becomes one that no path has."""
    pattern = re.compile(rb"(?<=\0)/(?:(?:usr/)?lib[^\0/]*/(?:[^\0/]+/)?(?=\0)|etc/ld\.so\.(?:cache|preload)(?=\0))")
    found = tuple((match.start() + 1, b"\xff") for match in pattern.finditer(content))
    if len(found) < 3:
        raise BuildError("ld.so: its directories were not found: this libc cannot be used in full mode")
    return found
