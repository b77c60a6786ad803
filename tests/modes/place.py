"""Runs a par in a place made for it.

    place.py [--empty-root=DIRECTORY] [--read-only] [--no-proc] [--no-network] [--first-process] [--user=NAME]
        -- PAR ARGUMENTS...

--empty-root: DIRECTORY, which is empty, becomes a root file system that has the par as /x.par, and /proc, and nothing
else; the par is started under that name. --read-only: nothing there can be written. --no-proc: without /proc.
--no-network: a network namespace whose only interface is a loopback that is down. --first-process: process 1 of a
container, with the /proc of its own processes. The environment is passed on. All of it ends with this process. Needs
root.
"""

import argparse
import ctypes
import os
import pwd
import shutil
import sys

_NEW_MOUNTS, _NEW_NETWORK, _NEW_PROCESSES = 0x00020000, 0x40000000, 0x20000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 0x1000, 0x4000, 0x40000

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        sys.exit(f"place: {what}: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: str, kind: "bytes | None", flags: int) -> None:
    _check(_libc.mount(source.encode(), target.encode(), kind, flags, None), f"mount {source} at {target}")


def make_root(root: str, par: str, proc: bool, read_only: bool) -> None:
    _check(_libc.unshare(_NEW_MOUNTS), "unshare the mounts")
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", root, b"tmpfs", 0)
    os.chmod(root, 0o755)
    shutil.copy(par, f"{root}/x.par")
    if proc:
        os.mkdir(f"{root}/proc")
        _mount("proc", f"{root}/proc", b"proc", 0)
    if read_only:
        _mount("none", root, None, _REMOUNT | _BIND | _READ_ONLY)


def main() -> None:
    separator = sys.argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--empty-root")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--no-proc", action="store_true")
    parser.add_argument("--no-network", action="store_true")
    parser.add_argument("--first-process", action="store_true")
    parser.add_argument("--user")
    options = parser.parse_args(sys.argv[1:separator])
    par, *arguments = sys.argv[separator + 1 :]
    account = pwd.getpwnam(options.user) if options.user else None
    if options.first_process:
        _check(_libc.unshare(_NEW_PROCESSES), "unshare the processes")
        child = os.fork()
        if child:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    if options.no_network:
        _check(_libc.unshare(_NEW_NETWORK), "unshare the network")
    if options.empty_root:
        make_root(options.empty_root, par, not options.no_proc, options.read_only)
        os.chroot(options.empty_root)
        os.chdir("/")
        par = "/x.par"
    if account:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    os.execv(par, [par, *arguments])


if __name__ == "__main__":
    main()
