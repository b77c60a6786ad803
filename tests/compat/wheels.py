"""The distributions in a site directory, as the wheels that they were installed from.

pip's RECORD tells which files belong to which distribution, so that a program can depend on them one by one, as it does on
wheels of a lock file.
"""

import configparser
import csv
import io
import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path

_OF_THE_INSTALLER = frozenset(["INSTALLER", "RECORD", "REQUESTED", "direct_url.json"])


def write_wheels(site: Path, directory: Path) -> "list[str]":
    """Writes a wheel for every distribution in `site` that `directory` does not have yet; returns the names of all."""
    infos = sorted(site.glob("*.dist-info"))
    if not infos:
        raise SystemExit(f"{site}: has no .dist-info: give a directory made by pip install --target")
    names = []
    for info in infos:
        name = f"{info.name.removesuffix('.dist-info')}-{_tags(info)}.whl"
        names.append(name)
        if not (directory / name).exists():
            partial = directory / (name + ".partial")
            _write(site, info, partial)
            partial.rename(directory / name)
    return names


def _tags(info: Path) -> str:
    """The last part of the file name; wheels of several tags join them with dots."""
    tags = [line.partition(":")[2].strip() for line in (info / "WHEEL").read_text().splitlines() if line.startswith("Tag:")]
    parts = zip(*(tag.split("-") for tag in tags))
    return "-".join(".".join(dict.fromkeys(part)) for part in parts)


def _write(site: Path, info: Path, wheel: Path) -> None:
    record = io.StringIO()
    writer = csv.writer(record, lineterminator="\n")
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, name, checks in _files(site, info):
            member = zipfile.ZipInfo(name)
            member.external_attr = file.stat().st_mode << 16
            archive.writestr(member, file.read_bytes())
            writer.writerow([name, *checks])
        name = f"{info.name}/RECORD"
        writer.writerow([name, "", ""])
        archive.writestr(zipfile.ZipInfo(name), record.getvalue())


def _files(site: Path, info: Path) -> "Iterator[tuple[Path, str, list[str]]]":
    """(file, its name in the wheel, hash and size) of all that the wheel brought."""
    data = info.name.removesuffix(".dist-info") + ".data"
    generated = _entry_points(info)
    with (info / "RECORD").open(newline="", encoding="utf-8") as record:
        for path, *checks in csv.reader(record):
            # What does not go to site-packages is recorded as seen from a place that --target does not have.
            inside = path
            while inside.startswith("../"):
                inside = inside[len("../") :]
            directory, name = posixpath.split(inside)
            if (directory == info.name and name in _OF_THE_INSTALLER) or name.endswith(".pyc"):
                continue
            if inside == path:
                yield site / inside, path, checks
            elif directory != "bin":
                yield site / inside, f"{data}/data/{inside}", checks
            elif name not in generated:
                yield site / inside, f"{data}/scripts/{name}", checks


def _entry_points(info: Path) -> "set[str]":
    """Names of the scripts that the installer made itself."""
    parser = configparser.ConfigParser(delimiters="=")
    parser.optionxform = str
    parser.read(info / "entry_points.txt")
    sections = ("console_scripts", "gui_scripts")
    return {name for section in sections if parser.has_section(section) for name in parser[section]}
