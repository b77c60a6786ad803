"""The manifest that the par rule hands over: JSON arrays, one a line (ARCHITECTURE.md, section 1)."""

import dataclasses
import filecmp
import json
import pathlib
from collections.abc import Iterable

from tools.builder.errors import BuildError


@dataclasses.dataclass(frozen=True)
class Source:
    """Where the content of a member comes from.

    Attributes:
        file: the file to read; None for an empty member.
        aliases: further names by which DT_NEEDED may ask for it.
    """

    file: "str | None"
    aliases: "tuple[str, ...]" = ()


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What goes into a par.

    Attributes:
        members: member path -> source, sorted by path.
        launcher: member path -> source file, the parts that start the par.
        imports: import roots, in order.
        runtime: role -> name -> file, the Python that the par carries; empty in system mode.
    """

    members: "dict[str, Source]"
    launcher: "dict[str, pathlib.Path]"
    imports: "tuple[str, ...]"
    runtime: "dict[str, dict[str, pathlib.Path]]" = dataclasses.field(default_factory=dict)


def parse(lines: Iterable[str]) -> Manifest:
    """Of JSON arrays. Raises BuildError for a line of unknown shape, a path that leaves the par, and two different files for one path."""
    files: "dict[str, Source]" = {}
    natives: "dict[str, Source]" = {}
    empty: "dict[str, Source]" = {}
    launcher: "dict[str, pathlib.Path]" = {}
    imports: "dict[str, None]" = {}
    excluded: "set[str]" = set()
    runtime: "dict[str, dict[str, pathlib.Path]]" = {}
    for line in json.loads(f"[{','.join(line for line in lines if line.strip())}]"):
        kind, *values = line or [None]
        if kind == "file" and len(values) == 2:
            _add(files, values[0], Source(values[1]))
        elif kind == "native" and len(values) == 3:
            _add(natives, values[0], Source(values[1], tuple(values[2])))
        elif kind == "empty" and len(values) == 1:
            empty[_checked(values[0])] = Source(None)
        elif kind == "exclude" and len(values) == 1:
            excluded.add(values[0])
        elif kind == "import" and len(values) == 1:
            imports[values[0].strip("/")] = None
        elif kind == "launcher" and len(values) == 2:
            launcher[values[0]] = pathlib.Path(values[1])
        elif kind == "runtime" and len(values) == 3:
            runtime.setdefault(values[0], {})[_checked(values[1])] = pathlib.Path(values[2])
        else:
            raise BuildError(f"manifest: unknown line {line}: rule and builder are of different versions")
    members = {path: source for path, source in {**empty, **files}.items() if path not in excluded}
    members.update(natives)
    directories: "set[str]" = set()
    for path in members:
        if path in launcher or path.startswith(("_rules_par/", "_python/")):
            raise BuildError(f"{path}: this name belongs to the par itself: rename the file")
        above = path.rpartition("/")[0]
        while above and above not in directories:
            if above in members:
                raise BuildError(f"{above}: is a file, and the directory of {path}: rename one of them")
            directories.add(above)
            above = above.rpartition("/")[0]
    return Manifest(dict(sorted(members.items())), launcher, tuple(imports), runtime)


def _checked(path: str) -> str:
    if "\0" in path or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise BuildError(f"{path!r}: not a plain path inside the par")
    return path


def _add(members: "dict[str, Source]", path: str, source: Source) -> None:
    known = members.get(_checked(path))
    if known is None or known.file == source.file:
        aliases = dict.fromkeys((known.aliases if known else ()) + source.aliases)
        members[path] = Source(source.file, tuple(aliases))
    elif not filecmp.cmp(known.file, source.file, shallow=False):
        raise BuildError(f"{path}: two different files want this place, {known.file} and {source.file}: drop or move one of them")
