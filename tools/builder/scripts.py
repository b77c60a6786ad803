"""The scripts of a par: programs beside its main, as pip makes them of entry points (ARCHITECTURE.md, section 6)."""

import configparser
import keyword
import pathlib
import posixpath
import re

from tools.builder import python_target
from tools.builder.errors import BuildError
from tools.builder.manifest import Manifest
from tools.builder.options import Options
from tools.builder.zip_writer import Member

DIRECTORY = "_python/bin"
_METADATA = re.compile(r"(?:(?P<root>.*)/)?[^/]+\.(?:dist|egg)-info/entry_points\.txt")
# Python Packaging User Guide, "Entry points specification"; extras there are "not recommended", and say nothing about what runs.
_REFERENCE = re.compile(r"(?P<module>[\w.]+)\s*:\s*(?P<function>[\w.]+)\s*(?:\[[^\]]*\])?")
_NAME = re.compile(r"[\w.-]+")
_GROUPS = ("console_scripts", "gui_scripts")
# As pip writes it; the first line is the wheel specification's for "the Python that this is installed for".
_TEXT = """\
#!python
import sys

from {module} import {imported}

if __name__ == "__main__":
    sys.exit({function}())
"""


def collect(
    manifest: Manifest, options: Options, python: python_target.PythonTarget, roots: "tuple[str, ...]"
) -> "dict[str, Member]":
    """Name -> the script: those of the target, then those of the wheels in the order of `roots`. Raises BuildError for one of
    the target whose module is not there; a wheel may have scripts that need more than was installed."""
    scripts = {}
    for name, reference in options.entry_points:
        module, function = _parse(name, reference)
        if not _has_module(manifest, python, roots, module):
            raise BuildError(
                f'entry_points = {{"{name}": "{reference}"}}: there is no module {module} in the par: add the target that has '
                "it to deps, or correct the name"
            )
        scripts[name] = _member(name, module, function)
    for name, reference in _of_wheels(manifest, roots):
        if name not in scripts:
            try:
                scripts[name] = _member(name, *_parse(name, reference))
            except BuildError:  # the wheel's affair: nobody asked for this script
                continue
    return scripts


def _parse(name: str, reference: str) -> "tuple[str, str]":
    """Module and function of an object reference."""
    match = _REFERENCE.fullmatch(reference.strip())
    words = [*match["module"].split("."), *match["function"].split(".")] if match else []
    if not words or not all(word.isidentifier() and not keyword.iskeyword(word) for word in words):
        raise BuildError(f'entry_points = {{"{name}": "{reference}"}}: not a reference to a function: write "pkg.module:function"')
    return match["module"], match["function"]


def _member(name: str, module: str, function: str) -> Member:
    content = _TEXT.format(module=module, function=function, imported=function.partition(".")[0]).encode()
    return Member(f"{DIRECTORY}/{name}", content, len(content), executable=True)


def _has_module(manifest: Manifest, python: python_target.PythonTarget, roots: "tuple[str, ...]", module: str) -> bool:
    path = module.replace(".", "/")
    endings = [f"{middle}{suffix}" for middle in ("", "/__init__") for suffix in (".py", ".pyc", *python.extension_suffixes)]
    standard = ["_python/lib/python%d.%d" % python.version] if manifest.runtime else []
    for root in (*roots, *standard):
        if any(posixpath.join(root, f"{path}{ending}") in manifest.members for ending in endings):
            return True
    return not standard and python_target.has_standard_module(python, module)


def _of_wheels(manifest: Manifest, roots: "tuple[str, ...]") -> "list[tuple[str, str]]":
    found = []
    for path, source in manifest.members.items():
        match = path.endswith("entry_points.txt") and _METADATA.fullmatch(path)
        root = match and (match["root"] or "")
        if source.file is None or root not in roots:
            continue
        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
        parser.optionxform = str  # names are case-sensitive
        try:
            parser.read_string(pathlib.Path(source.file).read_text(encoding="utf-8"))
        except (configparser.Error, UnicodeDecodeError):
            continue
        for group in _GROUPS:
            if parser.has_section(group):
                found += [(roots.index(root), path, name, reference) for name, reference in parser.items(group)]
    return [(name, reference) for _, _, name, reference in sorted(found) if _NAME.fullmatch(name)]
