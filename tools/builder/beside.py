"""Work in a process of its own, beside this one: another thread would wait for the interpreter."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from tools.builder.errors import BuildError

_PR_SET_PDEATHSIG = 1  # prctl(2)


@contextlib.contextmanager
def running(function: Callable, *arguments: object) -> "Iterator[Callable[[], object]]":
    """Calls the function; gives what waits for its result, and raises its BuildError or OSError. The process does not outlive this one, nor the
    context."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, os.getpid(), function, *arguments))
    process.start()
    sender.close()

    def result() -> object:
        try:
            found = receiver.recv()
        except EOFError:
            raise BuildError("the process that writes large files was killed: build again") from None
        if isinstance(found, Exception):
            raise found
        return found

    try:
        yield result
    finally:
        process.kill()
        process.join()
        receiver.close()


def _answer(sender: Connection, parent: int, function: Callable, *arguments: object) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    try:
        sender.send(function(*arguments))
    except (BuildError, OSError) as error:
        sender.send(error)
