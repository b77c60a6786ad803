"""A program that says what it finds: where it runs, what it can import, what its children are.

    probe.par [--hold] QUESTION...

It answers each question with one line of JSON. With --hold it goes on until its standard input ends, so that a test can
look at the process from outside.
"""

# A sign to strace: what comes before is the start of a par.
import posix

posix.access("/the-first-line-of-user-code", posix.F_OK)

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

SUM = 5050


def add_up(connection: Connection) -> None:
    """What the children of `multiprocessing` do: a function of the main module."""
    connection.send((sum(range(101)), sys.executable, os.getpid()))


def about() -> dict[str, Any]:
    return {
        "version": sys.version,
        "executable": sys.executable,
        "argv": sys.argv,
        "command": Path("/proc/self/cmdline").read_bytes().decode().split("\0")[:-1],
        "comm": Path("/proc/self/comm").read_text().rstrip("\n"),
        "exe": os.readlink("/proc/self/exe"),
        "pid": os.getpid(),
        "threads": len(os.listdir("/proc/self/task")),
        "children": Path("/proc/thread-self/children").read_text().split(),
        "environ": dict(os.environ),
        "kernel_environ": Path("/proc/self/environ").read_bytes().decode().split("\0")[:-1],
        "file": __file__,
        "standard_library": json.__file__,
        "encoding": [sys.getfilesystemencoding(), sys.stdout.encoding],
    }


def modules() -> dict[str, Any]:
    """Each of the extension modules that need a library of their own, at work."""
    import asyncio
    import bz2
    import ctypes
    import decimal
    import hashlib
    import lzma
    import sqlite3
    import ssl
    import zlib

    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    ssl.create_default_context()
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: number + 1)
    return {
        "asyncio": asyncio.run(answer()),
        "bz2": bz2.decompress(bz2.compress(b"text")).decode(),
        "ctypes": [ctypes.CDLL(None).getpid() == os.getpid(), callback(1)],
        "decimal": str(decimal.Decimal(1) / 8),
        "hashlib": hashlib.sha256(b"").hexdigest()[:8],
        "lzma": lzma.decompress(lzma.compress(b"text")).decode(),
        "sqlite3": sqlite3.connect(":memory:").execute("SELECT 6 * 7").fetchone(),
        "ssl": ssl.OPENSSL_VERSION.split()[0],
        "zlib": zlib.decompress(zlib.compress(b"text")).decode(),
    }


def names() -> dict[str, Any]:
    """The name service of libc, with whatever the host has to say."""
    import pwd
    import socket

    found: dict[str, Any] = {}
    try:
        found["user"] = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        found["user"] = None
    try:
        pwd.getpwnam("no-such-user")
    except KeyError:
        found["unknown"] = None
    try:
        found["localhost"] = sorted({each[4][0] for each in socket.getaddrinfo("localhost", 80)})
    except OSError as error:
        found["localhost"] = str(error)
    return found


def thread() -> int:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(sum(range(101)))) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return results.count(SUM)


def libgcc() -> int:
    """What makes glibc load libgcc_s by itself: a thread that is unwound by pthread_exit, and backtrace."""
    import ctypes

    library: Any = ctypes.CDLL(None)
    entry = ctypes.cast(library.pthread_exit, ctypes.c_void_p)
    identifier = ctypes.c_ulong()
    assert library.pthread_create(ctypes.byref(identifier), None, entry, None) == 0
    assert library.pthread_join(identifier, None) == 0
    return int(library.backtrace((ctypes.c_void_p * 50)(), 50))


def gconv() -> bool:
    """Whether C code can convert from a character set for which libc needs a module of its own."""
    import ctypes

    library = ctypes.CDLL(None)
    library.iconv_open.restype = ctypes.c_long
    return bool(library.iconv_open(b"UTF-8", b"EUC-JP") != -1)


def certificates() -> int:
    """How many certification authorities a program trusts by default."""
    import ssl

    return ssl.create_default_context().cert_store_stats()["x509_ca"]


def ls() -> str:
    """A program of the host, which has libraries of its own."""
    return subprocess.run(["/bin/ls", "-d", "/"], check=True, capture_output=True, text=True).stdout


def child_environment() -> list[str]:
    """The environment that a child has."""
    done = subprocess.run(
        ["/bin/cat", "/proc/self/environ"], check=True, capture_output=True, text=True, close_fds=False
    )
    return done.stdout.split("\0")[:-1]


def child_descriptors() -> list[str]:
    done = subprocess.run(["/bin/ls", "/proc/self/fd"], check=True, capture_output=True, text=True, close_fds=False)
    return done.stdout.split()


def _processes(method: str) -> list[Any]:
    context: Any = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=add_up, args=(sender,))
    process.start()
    sender.close()  # or a worker that fails would be waited for
    total, executable, pid = receiver.recv()
    process.join()
    return [total, executable == sys.executable, pid != os.getpid(), process.exitcode]


def interpreter() -> dict[str, Any]:
    """`sys.executable` as the scripts of this world use it."""

    def run(*arguments: str, text: str = "") -> list[Any]:
        done = subprocess.run([sys.executable, *arguments], input=text, capture_output=True, text=True, check=False)
        return [done.returncode, done.stdout, done.stderr]

    return {
        "-c": run("-c", "import sys; print(sys.argv)", "a", "b"),
        "-m": run("-m", "json.tool", "--compact", text='{"a": [1, 2]}'),
        "-": run(text="print(6 * 7)"),
        "options": run("-O", "-I", "-X", "dev", "-W", "error", "-c", "import sys; print(sys.flags)"),
        "status": run("-c", "raise SystemExit(7)"),
        "again": run("-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1)'], check=True)"),
    }


def daemon() -> str:
    """A grandchild whose parent is gone, in a session of its own and without any descriptor but one, says what
    `sys.executable` does for it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if os.fork() != 0:
            os._exit(0)
        os.setsid()
        os.chdir("/")
        os.dup2(writer, 0)
        os.closerange(1, 1024)
        os.dup2(0, 1)
        code = "import os, sqlite3; print(os.getppid() == int(os.environ['PARENT']), sqlite3.__name__)"
        subprocess.run([sys.executable, "-c", code], env={"PARENT": str(os.getpid())}, check=True)
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, encoding="utf-8") as file:
        return file.read()


def program() -> list[Any]:
    """Whatever program the test wants for a child."""
    done = subprocess.run(os.environ["PROBE_PROGRAM"].split(), capture_output=True, text=True, check=False)
    return [done.returncode, done.stdout, done.stderr]


def replaced() -> None:
    """Not a question with an answer of its own: the program makes way for an interpreter."""
    os.execv(sys.executable, ["any-name", "-c", "import json, sys; print(json.dumps({'replaced': sys.argv}))", "x"])


def load() -> str:
    """By SONAME, a library that the par does not have and the host does."""
    import ctypes

    try:
        ctypes.CDLL(os.environ["PROBE_LIBRARY"])
    except OSError as error:
        return str(error)
    return "loaded"


QUESTIONS: dict[str, Callable[[], Any]] = {
    each.__name__: each
    for each in [
        about, modules, names, thread, libgcc, gconv, certificates, ls, child_environment, child_descriptors, interpreter, daemon,
        program, replaced, load,
    ]
} | {method: lambda method=method: _processes(method) for method in ["fork", "spawn", "forkserver"]}  # fmt: skip


def main() -> None:
    arguments = [each for each in sys.argv[1:] if each != "--hold"]
    for name in arguments:
        print(json.dumps({name: QUESTIONS[name]()}), flush=True)
    if "--hold" in sys.argv:
        print(flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
