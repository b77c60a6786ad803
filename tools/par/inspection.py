"""What is in a par, where its libraries come from, and why they are there."""

import collections
import posixpath

from tools.par.contents import RUNTIME, Contents, Native
from tools.par.tables import base_names, columns, size, some

_SHOWN = 10
_DIST_INFO = ".dist-info"
_OURS = ("__main__.py", "_rules_par/")


class Inspection:
    """What a par has, and for each native member from where and for whom."""

    def __init__(self, contents: Contents):
        self._contents = contents
        self._wheels = _wheels(contents)
        self._needed_by: "dict[str, list[str]]" = collections.defaultdict(list)
        for native in contents.natives.values():
            for paths in native.needed.values():
                for path in paths:
                    if path != native.path:
                        self._needed_by[path].append(native.path)

    def _origin(self, path: str) -> str:
        """Who brought a member: a wheel, a repository, the runtime, or rules_par."""
        if path.startswith(_OURS):
            return "rules_par"
        if path.startswith(RUNTIME):
            return f"Python {self._contents.python}"
        directory = path
        while directory:
            directory = posixpath.dirname(directory)
            owners = self._wheels.get(directory, ())
            if len(owners) == 1:
                return owners[0]
            if owners:
                return self._recorded(path, directory, owners)
        return f"repository {path.partition('/')[0]}" if "/" in path else "Bazel"

    def _recorded(self, path: str, directory: str, owners: "list[str]") -> str:
        """Of several wheels in one directory the one whose RECORD has the member."""
        wanted = path[len(directory) + 1 :]
        for owner in owners:
            record = f"{directory}/{owner.replace(' ', '-')}{_DIST_INFO}/RECORD"
            lines = self._contents.read(record).decode().splitlines() if record in self._contents.entries else []
            if any(line.split(",")[0].strip('"') == wanted for line in lines):
                return owner
        return f"one of {some(owners)}"

    def _why(self, native: Native) -> str:
        needed_by = sorted(self._needed_by[native.path])
        if needed_by:
            return "needed by " + some(base_names(needed_by))
        if native.path == f"{_OURS[1]}interposer.so" or native.path.startswith(f"{RUNTIME}boot/"):
            return "starts the program"
        return "extension module" if native.elf.is_extension else "needed by none: opened by its name or path"

    def report(self) -> dict:
        """Everything, for machines."""
        contents, root = self._contents, self._contents.root
        return {
            "mode": contents.mode,
            "python": contents.python,
            "machine": contents.machine or None,
            "size": contents.archive.status.st_size,
            "main": root["main"][1],
            "entry_points": list(root["entry_points"]),
            "roots": list(root["roots"]),
            "members": {path: entry.file_size for path, entry in contents.entries.items()},
            "origins": dict(sorted(self._sizes().items())),
            "native": {
                path: {
                    "origin": self._origin(path),
                    "shipped_as": list(native.shipped_as),
                    "soname": native.elf.soname.text if native.elf.soname else None,
                    "needs": {name: list(paths) for name, paths in native.needed.items()},
                    "needed_by": sorted(self._needed_by[path]),
                    "is_extension": native.elf.is_extension,
                }
                for path, native in sorted(contents.natives.items())
            },
        }

    def _sizes(self) -> "dict[str, int]":
        sizes: "dict[str, int]" = collections.Counter()
        for path, entry in self._contents.entries.items():
            sizes[self._origin(path)] += entry.file_size
        return sizes

    def lines(self) -> "list[str]":
        """The same for people; of the members the largest ones."""
        contents, report = self._contents, self.report()
        head = [
            ("mode", contents.mode),
            ("Python", f"{contents.python}, {'of the host' if contents.mode == 'system' else 'in the par'}"),
            ("machine", contents.machine or "any"),
            ("main", report["main"]),
        ]
        if report["entry_points"]:
            head.append(("scripts", ", ".join(report["entry_points"])))
        head.append(("size", f"{size(report['size'])}, {len(report['members'])} members"))
        lines = [*columns(head, ""), "", "Where it comes from:"]
        lines += columns((size(number), origin) for origin, number in _largest(report["origins"]))
        lines += ["", f"The largest members ({_SHOWN} of {len(report['members'])}; all: --json, or unzip -l):"]
        lines += columns((size(number), path) for path, number in _largest(report["members"])[:_SHOWN])
        if report["native"]:
            lines += ["", "Libraries and programs:"]
            lines += columns((path, about["origin"], self._why(contents.natives[path])) for path, about in report["native"].items())
        return lines


def _largest(sizes: "dict[str, int]") -> "list[tuple[str, int]]":
    return sorted(sizes.items(), key=lambda item: (-item[1], item[0]))


def _wheels(contents: Contents) -> "dict[str, list[str]]":
    """Directory with installed wheels -> "numpy 2.5.5" of each."""
    found: "dict[str, dict[str, None]]" = collections.defaultdict(dict)
    for path in contents.entries:
        head, is_metadata, _ = path.partition(f"{_DIST_INFO}/")
        if is_metadata:
            directory, name = posixpath.split(head)
            found[directory].setdefault(name.replace("-", " ", 1))
    return {directory: list(names) for directory, names in found.items()}
