"""Runs a command where there is next to nothing: a root file system of /usr, /etc and /proc, read-only as a whole,
without /tmp, /dev, /home or /var; as user nobody, with an empty environment.

    minimal_root.py ROOT [--show=PATH:NAME]... [--copy=FILE:NAME]... -- COMMAND ARGUMENTS...

ROOT is an empty directory. --show makes the directory PATH appear as /NAME, --copy the file as /NAME. The mounts live
in a namespace of this process and end with it. Needs root, and a user nobody to become: not the sandbox of Bazel, which
knows one user only.
"""

import ctypes
import os
import pwd
import shutil
import sys

_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MOUNT_SETATTR = 442  # the number is the same on all machines
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace")]


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        sys.exit(f"minimal_root: {what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: "str | None", flags: int) -> None:
    kind_bytes = None if kind is None else kind.encode()
    _check(_libc.mount(source.encode(), target.encode(), kind_bytes, flags, None), f"mount {source} at {target}")


def build(root: str, shown: dict[str, str], copied: dict[str, str]) -> None:
    """Fills `root` in a mount namespace of our own: names in `shown` and `copied` are relative to it."""
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", 0)
    for name, path in {"usr": "/usr", "etc": "/etc", "proc": "/proc", **shown}.items():
        os.mkdir(f"{root}/{name}")
        _mount(path, f"{root}/{name}", None, _MS_BIND | _MS_REC)
    for name in ("bin", "lib", "lib32", "lib64"):
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{root}/{name}")
        elif os.path.isdir(f"/{name}"):
            os.mkdir(f"{root}/{name}")
            _mount(f"/{name}", f"{root}/{name}", None, _MS_BIND | _MS_REC)
    for name, path in copied.items():
        shutil.copy(path, f"{root}/{name}")
    os.chmod(root, 0o755)
    attributes = _MountAttributes(set=_MOUNT_ATTR_RDONLY)
    result = _libc.syscall(
        _MOUNT_SETATTR, _AT_FDCWD, root.encode(), _AT_RECURSIVE, ctypes.byref(attributes), ctypes.sizeof(attributes)
    )
    _check(result, "mount_setattr")


def main() -> None:
    separator = sys.argv.index("--")
    root, *options = sys.argv[1:separator]
    command = sys.argv[separator + 1 :]
    named: dict[str, dict[str, str]] = {"--show": {}, "--copy": {}}
    for option in options:
        kind, _, value = option.partition("=")
        path, _, name = value.rpartition(":")
        named[kind][name] = path
    nobody = pwd.getpwnam("nobody")
    build(root, named["--show"], named["--copy"])
    os.chroot(root)
    os.chdir("/")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.execve(command[0], command, {})


if __name__ == "__main__":
    main()
