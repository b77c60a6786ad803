"""Scripts of the tests: what they say is how they were started."""

import argparse
import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any


def report() -> int:
    """Says all; its exit status is its first argument."""
    main = sys.modules["__main__"]
    facts: dict[str, Any] = {
        "argv": sys.argv,
        "executable": sys.executable,
        "main": main.__file__,
        "spec": main.__spec__ is not None,
        "source": Path(main.__file__ or "").read_text(encoding="utf-8"),
        "environ": sorted(os.environ),
        "kernel_environ": Path("/proc/self/environ").read_bytes().decode().split("\0"),
        "child_environ": os.popen("env -0").read().split("\0")[:-1],
        "path": sys.path,
    }
    print(json.dumps(facts))
    return int(sys.argv[1]) if sys.argv[1:] else 0


def fail() -> str:
    return "a message for sys.exit"


def options() -> None:
    argparse.ArgumentParser().parse_args()


class Answer:
    @staticmethod
    def give() -> None:
        print(42)


def square(number: int) -> "tuple[int, str]":
    return number * number, sys.executable


def workers() -> None:
    """For each method of `multiprocessing`, a function in two processes."""
    for method in sys.argv[1:]:
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, pool.map(square, [3, 4]) == [(9, sys.executable), (16, sys.executable)])


def again() -> None:
    """Starts itself again, as servers do that reload themselves."""
    if "second" in sys.argv:
        print("again", Path(sys.argv[0]).name)
    else:
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv, "second"])


def crash() -> None:
    raise ValueError("of the script")
