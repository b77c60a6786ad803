"""Runs a program in a place made for it.

    place.py [--root=DIRECTORY [--base=DIRECTORY] [--copy=FILE:NAME]... [--read-only] [--no-exec-files] [--no-proc]] [--no-network]
        [--first-process] [--no-exec-memfd] [--no-exec-gain] [--user=NAME] -- COMMAND ARGUMENTS...

--root: DIRECTORY, which is empty, becomes a root file system with /proc and nothing else. --base: the directories in that
one are there too. --copy: the file is there as /NAME. --read-only: nothing there can be written. --no-exec-files:
what was copied cannot be executed, nor mapped for it. --no-proc: without /proc.

--no-network: a network namespace whose only interface is a loopback that is down. --first-process: process 1 of a
container, with the /proc of its own processes. --no-exec-memfd: the same, and the kernel makes no memory file that
could be executed (vm.memfd_noexec=2). --no-exec-gain: memory that was written to can never be executed (PR_SET_MDWE).

COMMAND is a path in that place. The environment is passed on. All of it ends with this process. Needs root.
"""

import argparse
import ctypes
import os
import pwd
import shutil
import sys

_NEW_MOUNTS, _NEW_NETWORK, _NEW_PROCESSES = 0x00020000, 0x40000000, 0x20000000
_READ_ONLY, _NO_EXEC, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 8, 32, 0x1000, 0x4000, 0x40000
_PR_SET_MDWE, _REFUSE_EXEC_GAIN = 65, 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        sys.exit(f"place: {what}: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: str, kind: "bytes | None", flags: int) -> None:
    _check(_libc.mount(source.encode(), target.encode(), kind, flags, None), f"mount {source} at {target}")


def show(directory: str, root: str) -> None:
    """Lets what is in the directory appear in the root."""
    for entry in os.scandir(directory):
        target = f"{root}/{entry.name}"
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir() and entry.name != "proc":
            os.mkdir(target)
            _mount(entry.path, target, None, _BIND | _RECURSIVE)


def make_root(options: argparse.Namespace) -> None:
    root = options.root
    _check(_libc.unshare(_NEW_MOUNTS), "unshare the mounts")
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", root, b"tmpfs", _NO_EXEC if options.no_exec_files else 0)
    os.chmod(root, 0o755)
    if options.base:
        show(options.base, root)
    for file, name in options.copy:
        os.makedirs(os.path.dirname(f"{root}/{name}"), exist_ok=True)
        shutil.copy(file, f"{root}/{name}")
    if not options.no_proc:
        os.mkdir(f"{root}/proc")
        _mount("proc", f"{root}/proc", b"proc", 0)
    if options.read_only:
        _mount("none", root, None, _REMOUNT | _BIND | _READ_ONLY)
    os.chroot(root)
    os.chdir("/")


def be_first_process() -> None:
    """What comes after this runs in a child, whose status is this process's."""
    _check(_libc.unshare(_NEW_PROCESSES), "unshare the processes")
    child = os.fork()
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root")
    parser.add_argument("--base")
    parser.add_argument("--copy", action="append", default=[], type=lambda value: value.rsplit(":", 1))
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--no-exec-files", action="store_true")
    parser.add_argument("--no-proc", action="store_true")
    parser.add_argument("--no-network", action="store_true")
    parser.add_argument("--first-process", action="store_true")
    parser.add_argument("--no-exec-memfd", action="store_true")
    parser.add_argument("--no-exec-gain", action="store_true")
    parser.add_argument("--user")
    return parser.parse_args(arguments)


def main() -> None:
    separator = sys.argv.index("--")
    options = parse(sys.argv[1:separator])
    command = sys.argv[separator + 1 :]
    account = pwd.getpwnam(options.user) if options.user else None
    if options.first_process or options.no_exec_memfd:
        be_first_process()
    if options.no_exec_memfd:
        # Of this process namespace alone: the kernel goes by who writes.
        with open("/proc/sys/vm/memfd_noexec", "w", encoding="ascii") as setting:
            setting.write("2")
    if options.no_network:
        _check(_libc.unshare(_NEW_NETWORK), "unshare the network")
    if options.root:
        make_root(options)
    if options.no_exec_gain:
        _check(_libc.prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0), "PR_SET_MDWE")
    if account:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
