"""Reads a requirements lock: exact versions with hashes, as pip-compile or `uv pip compile --generate-hashes` write it.

    lock_file.py LOCK [SHOWN_NAME]

prints the requirements as a JSON list. A line that is not such a requirement ends it with one line on stderr,
`SHOWN_NAME:LINE: what: cure`. Nothing but the standard library, for any Python that may be on PATH.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    rf"(?P<name>{_NAME})\s*(?:\[(?P<extras>[^]]*)\])?\s*"
    r"(?P<operator>===|==|~=|!=|<=|>=|<|>|@)?\s*(?P<rest>.*)$",
    re.DOTALL,
)
_VERSION = re.compile(r"[A-Za-z0-9._+!-]+")
_HASH = re.compile(r"[a-z0-9_]+:[0-9a-f]+")
# As in pip: a `#` only starts a comment at the beginning of a line or after a blank.
_COMMENT = re.compile(r"(^|\s+)#.*$")
_PER_REQUIREMENT = re.compile(r"\s--?[A-Za-z]")

_LOCK_AGAIN = "lock again with pip-compile --generate-hashes or uv pip compile --generate-hashes"


class LockError(Exception):
    """A line of the lock that cannot be used; the text is `FILE:LINE: what: cure`."""


@dataclass(frozen=True)
class Requirement:
    """One pinned package of a lock."""

    name: str
    version: str
    extras: tuple[str, ...]
    marker: str
    hashes: tuple[str, ...]
    line: int = 0

    def pip_line(self) -> str:
        """The requirement in pip's own format. The marker is left out: who asks pip for it has evaluated it."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return " ".join([f"{self.name}{extras}=={self.version}", *(f"--hash={value}" for value in self.hashes)])


def normalized(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503), or of an extra's (PEP 685)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(text: str, shown_name: str) -> list[Requirement]:
    """The requirements of a lock in its order, or raises LockError."""
    found: list[Requirement] = []
    for number, line in _logical_lines(text):
        where = f"{shown_name}:{number}"
        if line.startswith("-"):
            _option(line, where)
            continue
        requirement = _requirement(line, number, where)
        for other in found:
            if other.name == requirement.name and other.marker == requirement.marker:
                _refuse(where, f"{requirement.name} is here a second time (first: line {other.line})", "remove one")
        found.append(requirement)
    return found


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with continuations joined and comments removed, with the number of the first."""
    pending: list[str] = []
    start = 0
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        if not pending:
            start = number
        # A comment line ends a continuation, as it does for pip.
        if raw.endswith("\\") and not _COMMENT.match(raw):
            pending.append(raw[:-1])
            continue
        line = _COMMENT.sub("", " ".join([*pending, raw])).strip()
        pending = []
        if line:
            yield start, line


def _option(line: str, where: str) -> None:
    option = re.split(r"[\s=]", line, maxsplit=1)[0]
    if option == "--require-hashes":
        return
    if option in ("-r", "--requirement", "-c", "--constraint"):
        _refuse(where, f"{option} (another file) is not supported", "make one lock of both")
    if option in ("-e", "--editable"):
        _refuse(where, "an editable requirement has no hash", "use a py_library instead")
    if option in ("-i", "--index-url", "--extra-index-url", "--find-links", "-f", "--no-index", "--trusted-host"):
        _refuse(where, f"{option} is not supported in the lock", "set it in pip's own configuration (pip.conf, PIP_*)")
    if option == "--no-binary":
        _refuse(where, f"{option} is not supported in the lock", "name the package in `sdists` of pip.parse")
    _refuse(where, f"{option} is not supported in the lock", "remove the line")


def _requirement(line: str, number: int, where: str) -> Requirement:
    options = _PER_REQUIREMENT.search(line)
    spec, rest = (line[: options.start()], line[options.start() :]) if options else (line, "")
    parts = _REQUIREMENT.match(spec)
    if "://" in spec or not parts or parts["operator"] == "@" or re.match(r"[./\\]", spec) or spec.endswith(".whl"):
        _refuse(where, f"{spec.split()[0]!r} is a URL or a path, not NAME==VERSION", "use py_wheel_library for a file")
    name = normalized(parts["name"])
    version, semicolon, marker = (part.strip() for part in parts["rest"].partition(";"))
    if parts["operator"] not in ("==", "===") or not _VERSION.fullmatch(version):
        unpinned = spec.partition(";")[0].strip()
        _refuse(where, f"{unpinned}: not pinned to one version with ==", _LOCK_AGAIN)
    if semicolon and not marker:
        _refuse(where, f"{name}=={version}: empty marker after `;`", "remove the `;`")
    extras = tuple(sorted(normalized(extra.strip()) for extra in (parts["extras"] or "").split(",") if extra.strip()))
    hashes = tuple(_hashes(rest, f"{where}: {name}=={version}"))
    return Requirement(name, version, extras, marker, hashes, number)


def _hashes(options: str, where: str) -> Iterator[str]:
    words = iter(options.split())
    count = 0
    for word in words:
        option, _, value = word.partition("=")
        if option != "--hash":
            _refuse(where, f"{option} is not supported", "remove it")
        value = value or next(words, "")
        if not _HASH.fullmatch(value):
            _refuse(where, f"--hash={value} is not ALGORITHM:HEX", _LOCK_AGAIN)
        count += 1
        yield value
    if not count:
        _refuse(where, "no hash", _LOCK_AGAIN)


def _refuse(where: str, what: str, cure: str) -> NoReturn:
    raise LockError(f"{where}: {what}: {cure}")


def main() -> int:
    path = Path(sys.argv[1])
    shown_name = sys.argv[2] if len(sys.argv) > 2 else path.name
    try:
        requirements = parse(path.read_text(encoding="utf-8-sig"), shown_name)
    except LockError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps([asdict(requirement) for requirement in requirements]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
