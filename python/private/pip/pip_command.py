"""Runs pip for one locked requirement, and says in one line why it did not work."""

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from lock_file import Requirement, normalized

_SHOWN_LINES_OF_A_BUILD = 12
_SHOWN_TAGS = 6
# The first date that a ZIP archive can have.
_ZIP_EPOCH = "315532800"


class PipError(Exception):
    """pip did not give the wheel; the text is `what: cure`."""


def download(requirement: Requirement, directory: Path) -> Path:
    """Has pip fetch the wheel of `requirement` into `directory`."""
    _pip("download", ["--only-binary=:all:", "--dest=."], requirement, directory, {})
    return _only_wheel(directory)


def build(requirement: Requirement, directory: Path, environment: dict[str, str]) -> Path:
    """Has pip fetch the sdist of `requirement` and make a wheel of it in `directory`."""
    # No cache: a wheel that pip kept was built against the libraries this machine had then, by another compiler.
    options = ["--no-cache-dir", f"--no-binary={requirement.name}", "--wheel-dir=."]
    variables = {"SOURCE_DATE_EPOCH": _ZIP_EPOCH, **environment}
    for name in ("CFLAGS", "CXXFLAGS"):
        # The variable replaces the flags that Python was built with, so these must be in it. -g0: debug information
        # has the path of pip's temporary directory, and would make every build differ.
        flags = environment.get(name) or os.environ.get(name) or sysconfig.get_config_var("CFLAGS") or "-O2"
        variables[name] = f"{flags} -g0"
    _pip("wheel", options, requirement, directory, variables)
    return _only_wheel(directory)


def _only_wheel(directory: Path) -> Path:
    wheels = sorted(directory.glob("*.whl"))
    if len(wheels) != 1:
        raise PipError(f"pip left {len(wheels)} wheels in place of one: report this to rules_par")
    return wheels[0]


def _pip(
    command: str, options: Sequence[str], requirement: Requirement, directory: Path, environment: dict[str, str]
) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    listed = directory / "requirement.txt"
    listed.write_text(requirement.pip_line() + "\n", encoding="utf-8")
    arguments = [sys.executable, "-m", "pip", command, "--require-hashes", "--no-deps", *options]
    # -vv: only then does pip say why it passed over a file of the index.
    finished = subprocess.run(
        [*arguments, "-vv", f"--requirement={listed.name}"],
        cwd=directory,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "NO_COLOR": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    listed.unlink()
    if finished.returncode:
        raise PipError(explain(finished.stdout, requirement, built=command == "wheel"))


def explain(log: str, requirement: Requirement, built: bool) -> str:
    """`what: cure` for the output of a pip that failed."""
    if "No module named pip" in log:
        return f"{sys.executable} has no pip: install it (Debian: python3-pip, Fedora: python3-pip)"
    if "DO NOT MATCH THE HASHES" in log:
        return _wrong_hash(log)
    if "No matching distribution found" in log:
        return _nothing_fits(log, requirement, built)
    if built:
        return f"building its sdist failed: see the log {_kept(log, requirement)}\n{_end_of_build(log)}"
    errors = re.findall(r"^\s*ERROR: (.+)$", log, re.MULTILINE)
    return f"pip failed ({errors[-1] if errors else 'no message'}): see the log {_kept(log, requirement)}"


def _wrong_hash(log: str) -> str:
    got = re.findall(r"Got\s+([0-9a-f]+)", log)
    files = re.findall(
        r"^\s*(?:Downloading|Using cached|Processing|File was already downloaded) (\S+)", log, re.MULTILINE
    )
    name = files[-1].split("#")[0].rsplit("/")[-1] if files else "the file that fits this Python"
    digest = f" (sha256:{got[-1]})" if got else ""
    return f"wrong hash: {name}{digest} has none of the hashes of the lock: if you trust that file, lock again"


def _nothing_fits(log: str, requirement: Requirement, built: bool) -> str:
    # An index that pip could not reach is one without the package to it. 404 is how an index says that it has none.
    if re.search(r"Could not fetch URL \S+: (?!404)", log):
        return "pip could not reach a package index: check the network and pip's configuration (`pip config list`)"
    wheels, sdists, other_pythons = [], [], []
    for reason, file in re.findall(r"Skipping link: (.+): \S*/([^/\s#]+)[#\s]", log):
        if not _is_of(file, requirement):
            continue
        if "Requires-Python" in reason:
            other_pythons.append(reason.partition("Requires-Python ")[2])
        elif file.endswith(".whl"):
            wheels.append(file)
        elif "No sources permitted" in reason:
            sdists.append(file)
    here = f"CPython {sys.version_info[0]}.{sys.version_info[1]} on {sysconfig.get_platform()}"
    if other_pythons and not sdists:
        return f"it needs Python {other_pythons[0]}, this is {here}: lock a version for this Python"
    if built:
        return "the index has no sdist of it: remove it from `sdists` of pip.parse"
    if sdists:
        cure = f'lock a version that has one, or have pip build it with `sdists = ["{requirement.name}"]` in pip.parse'
        return f"no wheel for {here}, but an sdist ({sdists[0]}): {cure}"
    if wheels:
        tags = sorted({"-".join(wheel[: -len(".whl")].split("-")[-3:]) for wheel in wheels})
        shown = [tag for tag in tags if "linux" in tag or tag.endswith("-any")] or tags
        more = ", ..." if len(shown) > _SHOWN_TAGS else ""
        return f"no wheel for {here} (there are: {', '.join(shown[:_SHOWN_TAGS])}{more}): lock a version that has one"
    return "the package index has no such version: lock a version it has, or check pip's configuration"


def _is_of(file: str, requirement: Requirement) -> bool:
    """Whether a file of the index is of the locked version; names are not always in their normal spelling."""
    stem = normalized(re.sub(r"\.(whl|zip|tar\.\w+|tgz)$", "", file))
    wanted = normalized(f"{requirement.name}-{requirement.version}")
    return stem == wanted or (file.endswith(".whl") and stem.startswith(wanted + "-"))


def _kept(log: str, requirement: Requirement) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix=f"rules_par-{requirement.name}-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(log)
    return file.name


def _end_of_build(log: str) -> str:
    """The last lines that the package's own build printed."""
    lines: list[str] = [line.strip() for line in log.splitlines() if line.strip()]
    end: Optional[int] = next(
        (number for number, line in enumerate(lines) if "subprocess-exited-with-error" in line), None
    )
    return "\n".join("  " + line for line in lines[:end][-_SHOWN_LINES_OF_A_BUILD:])
