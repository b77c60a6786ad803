"""Programs of the par: what os and subprocess start by a path below the par runs from memory.

System mode only. In a par with its own Python the interposer sees what Python starts, too.
"""

import posix

_ACCESS, _NO_DIRECTORY = 13, 20  # EACCES, ENOTDIR
_MARK = b"#!"
_LONGEST_MARK = 256  # BINPRM_BUF_SIZE


class Executables:
    """The functions for one par. A program is copied once, and its copy kept: programs that are in a package are mostly large,
    and mostly run more than once."""

    def __init__(self, archive, find):
        """`find`: Files._find."""
        self._archive = archive
        self._find = find
        self._copies = {}  # path inside the par -> (descriptor, inode)

    # What each function of os does with a path that failed outside: `failure` is how.

    def execv(self, failure, path, argv):
        self._execute(failure, path, argv, posix.execv)

    def execve(self, failure, path, argv, env):
        self._execute(failure, path, argv, lambda *program: posix.execve(*program, env))

    def _execute(self, failure, path, argv, execute):
        relative = self._program(path, failure)
        command = self._command(relative, path, list(argv))
        if command:
            execute(command[0], command)
        descriptor = self._copy(relative, path)
        if self._is_script(relative):
            # The interpreter opens it after the exec.
            descriptor = posix.dup(descriptor)
            posix.set_inheritable(descriptor, True)
        try:
            execute(f"/proc/self/fd/{descriptor}", argv)
        finally:
            if self._is_script(relative):
                posix.close(descriptor)

    def posix_spawn(self, failure, path, argv, env, *, file_actions=(), **options):
        relative = self._program(path, failure)
        command = self._command(relative, path, list(argv))
        if command:
            return posix.posix_spawn(command[0], command, env, file_actions=file_actions, **options)
        descriptor = self._copy(relative, path)
        copy = f"/proc/{posix.getpid()}/fd/{descriptor}"  # the child may have to close its descriptors first
        if self._is_script(relative):
            # The interpreter opens it later, when we may be gone.
            file_actions = [*(file_actions or ()), (posix.POSIX_SPAWN_OPEN, descriptor, copy, posix.O_RDONLY, 0)]
            copy = f"/proc/self/fd/{descriptor}"
        return posix.posix_spawn(copy, argv, env, file_actions=file_actions, **options)

    posix_spawnp = posix_spawn

    def fork_exec(self, fork_exec, args, programs, close_fds, kept, *rest):
        """`programs`: each of these is tried until one can be executed."""
        for number, program in enumerate(programs):
            if program[:1] == b"/" and self._archive.relative(program):
                try:
                    relative = self._program(program, NotADirectoryError(_NO_DIRECTORY, posix.strerror(_NO_DIRECTORY), args[0]))
                except OSError:
                    if len(programs) == 1:
                        raise
                    continue  # in this directory of PATH there is none
                command = self._command(relative, program, list(args))
                if command:
                    args, replaced = command, command[0].encode("utf-8", "surrogateescape")
                else:
                    descriptor = self._copy(relative, program)
                    replaced = b"/proc/%d/fd/%d" % (posix.getpid(), descriptor)
                    if self._is_script(relative):
                        # The interpreter opens it later, when we may be gone.
                        replaced = b"/proc/self/fd/%d" % descriptor
                        kept = tuple(sorted({*kept, descriptor}))
                programs = [*programs[:number], replaced, *programs[number + 1 :]]
                break
        return fork_exec(args, programs, close_fds, kept, *rest)

    def _program(self, path, failure: OSError) -> str:
        """The path inside the par; raises the failure when it does not lead there, or what is the matter with it."""
        relative, member = self._find(failure, path)
        if member is None or not member[2]:
            raise PermissionError(_ACCESS, posix.strerror(_ACCESS), failure.filename)
        return relative

    def _is_script(self, relative: str) -> bool:
        offset, size, _ = self._archive.member(relative)
        return self._archive.read_at(offset, min(size, len(_MARK))) == _MARK

    def _command(self, relative: str, path, args: list) -> "list | None":
        """For a script in Python: how this Python runs it. That which its first line names does not know the par."""
        offset, size, _ = self._archive.member(relative)
        start = self._archive.read_at(offset, min(size, _LONGEST_MARK))
        if not start.startswith(_MARK):
            return None
        words = start[len(_MARK) :].partition(b"\n")[0].split()
        if words and words[0].endswith(b"/env"):
            words = words[2:] if words[1:2] == [b"-S"] else words[1:]
        if not words or not words[0].rpartition(b"/")[2].startswith(b"python"):
            return None
        import os
        import sys

        return [sys.executable, *map(os.fsdecode, words[1:]), os.fsdecode(path), *args[1:]]

    def _copy(self, relative: str, path) -> int:
        """A descriptor of the program in memory."""
        from _rules_par import memory

        known = self._copies.get(relative)
        try:
            if known and posix.fstat(known[0]).st_ino == known[1]:
                return known[0]
        except OSError:
            pass  # closed by a program that closes what it did not open
        offset, size, _ = self._archive.member(relative)
        try:
            descriptor = memory.program(self._archive, relative.rpartition("/")[2], offset, size)
        except OSError as error:
            reason = "programs may not run from memory (vm.memfd_noexec is 2)" if error.errno == _ACCESS else error.strerror
            raise OSError(error.errno, reason, path) from None
        self._copies[relative] = descriptor, posix.fstat(descriptor).st_ino
        return descriptor
