"""Looks at a par from outside, without running it.

    par audit FILE [--manylinux=POLICY [--host_library=SONAME ...]]    what it asks of the host
    par inspect FILE                                                   what is in it, and why
    par verify FILE                                                    whether each byte is as it was built

With --json it prints JSON; --output names a file in place of standard output.

Exit status:
    0   done
    1   audit: the par asks for more than POLICY has
    64  wrong usage
    65  the file is no par, or is damaged: a line on standard error for each thing that is wrong
    66  the file cannot be read
"""

import json
import os
import pathlib
import sys
import textwrap
from collections.abc import Sequence

from _rules_par.errors import DAMAGED, UNREADABLE, USAGE, Refusal
from absl import app, flags

from tools.par.audit import Audit, TooMuch
from tools.par.contents import Contents
from tools.par.inspection import Inspection
from tools.par.policies import UnknownPolicy
from tools.par.verification import Verification

_MANYLINUX = flags.DEFINE_string("manylinux", None, "audit: the policy that the par must meet, for example manylinux_2_28.")
_HOST_LIBRARY = flags.DEFINE_multi_string("host_library", [], "audit: SONAME that the host has, whatever the policy says. Repeatable.")
_JSON = flags.DEFINE_bool("json", False, "Print JSON.")
_OUTPUT = flags.DEFINE_string("output", None, "File to write in place of standard output.")

_TOO_MUCH = 1


def _audit(path: pathlib.Path) -> "Audit":
    audit = Audit(Contents(path))
    if _MANYLINUX.value:
        audit.require(_MANYLINUX.value, frozenset(_HOST_LIBRARY.value))
    return audit


def _inspect(path: pathlib.Path) -> Inspection:
    return Inspection(Contents(path))


def _verify(path: pathlib.Path) -> Verification:
    verification = Verification(Contents(path))
    if verification.problems:
        raise Refusal(DAMAGED, "\n".join(verification.problems))
    return verification


_COMMANDS = {"audit": _audit, "inspect": _inspect, "verify": _verify}


def _path(name: str) -> pathlib.Path:
    """`bazel run` starts us in another directory than the user's."""
    return pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), name)


def _run(command: str, name: str) -> None:
    path = _path(name)
    with path.open("rb"):  # the reason why not is better said here than by the launcher's reader
        result = _COMMANDS[command](path)
    text = json.dumps(result.report(), indent=1) if _JSON.value else "\n".join(result.lines())
    if _OUTPUT.value:
        _path(_OUTPUT.value).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)


def main(arguments: "list[str]") -> int:
    if len(arguments) != 3 or arguments[1] not in _COMMANDS:
        print(textwrap.dedent(__doc__), file=sys.stderr)
        return USAGE
    name = arguments[2]
    try:
        _run(*arguments[1:])
    except TooMuch as error:
        return _failed(name, str(error), _TOO_MUCH)
    except UnknownPolicy as error:
        return _failed(name, str(error), USAGE)
    except Refusal as refusal:
        return _failed(name, refusal.message, refusal.status)
    except OSError as error:
        return _failed(error.filename or name, f"{error.strerror}: check the path", UNREADABLE)
    return 0


def _failed(name: str, message: str, status: int) -> int:
    for line in message.splitlines():
        print(f"{name}: {line}", file=sys.stderr)
    return status


def _parse(arguments: "Sequence[str]") -> "list[str]":
    try:
        return flags.FLAGS(arguments)
    except flags.Error as error:
        print(f"par: {error}: see par --help", file=sys.stderr)
        sys.exit(USAGE)


if __name__ == "__main__":
    app.run(main, flags_parser=_parse)
