"""Every file that a program and its children create, change or open for writing, as `strace` sees it.

Looking at a directory before and after misses files that are gone again, and files elsewhere; the system calls do not.
Nothing is left out of the report: `/dev/null` opened for writing is in it too. What is all right is for the caller to
say, in the test.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_par_testing.programs import find_program

# System calls that create a name or change what is there. `%file` is every call that takes a path, so that a call we do
# not know by name is at least in `FileTrace.unknown`; bind(2) makes the file of a Unix socket.
_CREATING = {"creat", "mkdir", "mkdirat", "mknod", "mknodat", "symlink", "symlinkat", "link", "linkat", "bind"}
_CHANGING = {
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "truncate", "mount", "umount2",
    "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat",
    "setxattr", "setxattrat", "lsetxattr", "removexattr", "removexattrat", "lremovexattr",
}  # fmt: skip
_READING = {
    "access", "faccessat", "faccessat2", "stat", "lstat", "stat64", "lstat64", "newfstatat", "fstatat64", "statx",
    "statfs", "statfs64", "oldstat", "oldlstat", "readlink", "readlinkat", "getxattr", "getxattrat", "lgetxattr",
    "listxattr", "listxattrat", "llistxattr", "execve", "execveat", "chdir", "chroot", "getcwd", "name_to_handle_at",
    "inotify_add_watch", "fanotify_mark", "open_tree", "uselib",
}  # fmt: skip
_OPENING = {"open", "openat", "openat2"}
_WRITE_FLAGS = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)\b")

_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\w+)(?P<rest>.*)")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
# What strace -y adds after a descriptor: openat(AT_FDCWD</where/the/process/is>, "name", ...
_DIRECTORY = re.compile(r"^(?:AT_FDCWD|\d+)<(.*?)>, ")


@dataclass(frozen=True)
class FileEvent:
    """One system call that would create or change a file.

    Attributes:
        paths: two for a rename or a link. Absolute when the program gave an absolute path, opened the file, or used
            one of the `...at` calls; else as the program gave it.
        succeeded: False for an attempt that the kernel refused.
        line: what strace printed.
    """

    call: str
    paths: tuple[str, ...]
    succeeded: bool
    line: str


@dataclass(frozen=True)
class FileTrace:
    """What a traced program did.

    Attributes:
        events: in the order of each process; processes one after the other.
        unknown: lines with a path in a system call of which we do not know what it does. Assert that it is empty.
        system_calls: number of lines looked at; 0 would mean that nothing was traced.
    """

    returncode: int
    stdout: bytes
    stderr: bytes
    events: tuple[FileEvent, ...]
    unknown: tuple[str, ...]
    system_calls: int

    def changed(self) -> list[FileEvent]:
        """The calls that succeeded."""
        return [event for event in self.events if event.succeeded]


def parse_strace(text: str) -> tuple[list[FileEvent], list[str], int]:
    """The events, the unknown lines and the number of calls in the trace of one process (`strace -ff -y`)."""
    events, unknown, count = [], [], 0
    for line in text.splitlines():
        call = _CALL.match(line)
        if call is None:
            # "+++ exited with 0 +++", "--- SIGCHLD ... ---", and a call that never came back (exit, a fatal signal).
            if line and not line.startswith(("+++", "---")):
                count += 1
                if _PATH.search(line):
                    unknown.append(line)
            continue
        count += 1
        name, arguments = call["name"], call["arguments"]
        if name in _READING or (name in _OPENING and not _WRITE_FLAGS.search(_PATH.sub("", arguments))):
            continue
        if name == "bind" and "AF_UNIX" not in arguments:
            continue
        if name not in _CREATING | _CHANGING | _OPENING:
            unknown.append(line)
            continue
        # -y says to which file an open has led: follows links, and knows the directory.
        opened = re.match(r"<(.*)>", call["rest"]) if name in _OPENING else None
        paths = (opened[1],) if opened else _paths(arguments)
        events.append(FileEvent(name, paths, not call["result"].startswith("-"), line))
    return events, unknown, count


def trace_file_changes(
    command: Sequence["str | os.PathLike[str]"],
    *,
    env: "Mapping[str, str] | None" = None,
    cwd: "str | os.PathLike[str] | None" = None,
    input: bytes = b"",  # noqa: A002 - as subprocess.run names it
    timeout: float = 300,
) -> FileTrace:
    """Runs the command to its end under strace.

    Args:
        env, cwd, input, timeout: as for subprocess.run; `env` is the command's and not strace's.
    Raises:
        ProgramMissing: there is no strace.
        AssertionError: strace saw nothing at all, so that a pass would mean nothing (ptrace forbidden?).
    """
    strace = find_program("strace")
    with tempfile.TemporaryDirectory(prefix="file_trace.") as directory:
        # -ff: one file for each thread, so that no line is cut in two by another thread's.
        options = [
            "-ff",
            "-y",
            "-s",
            "65535",
            "-e",
            "trace=%file,bind",
            "-e",
            "signal=none",
            "-o",
            f"{directory}/calls",
        ]
        done = subprocess.run(
            [strace, *options, "--", *command],
            env=None if env is None else dict(env),
            cwd=cwd,
            input=input,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        events, unknown, count = [], [], 0
        for file in sorted(Path(directory).iterdir(), key=lambda path: int(path.suffix[1:])):
            more_events, more_unknown, more = parse_strace(file.read_text(errors="surrogateescape"))
            events += more_events
            unknown += more_unknown
            count += more
    if count == 0:
        raise AssertionError(f"strace saw no system call of {command[0]}: {done.stderr.decode(errors='replace')}")
    return FileTrace(done.returncode, done.stdout, done.stderr, tuple(events), tuple(unknown), count)


def _paths(arguments: str) -> tuple[str, ...]:
    directory = _DIRECTORY.match(arguments)
    found = []
    for quoted in _PATH.findall(arguments):
        path = re.sub(r"\\(.)", r"\1", quoted)
        found.append(os.path.join(directory[1], path) if directory else path)
    return tuple(found)
