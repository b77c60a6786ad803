"""Real pars and real objects for the tests of //tools/par, and the tool itself."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _rules_par.errors import Refusal

from tests.builder import objects
from tests.launcher.programs import make_par
from tools.par.audit import Audit
from tools.par.contents import Contents
from tools.par.verification import Verification

MAIN = {"_main/main.py": "print('main')\n"}


def host_library(directory: Path, soname: str, versions: "dict[str, list[str]]") -> Path:
    """A library as a host has it: version of symbols -> names of functions."""
    directory.mkdir(parents=True, exist_ok=True)
    script = directory / f"{soname}.map"
    script.write_text("".join(f"{version} {{ global: {'; '.join(names)}; }};\n" for version, names in versions.items()))
    source = "".join(f"int {name}(void) {{ return 1; }}\n" for names in versions.values() for name in names)
    return objects.library(directory / soname, source, ["-nostdlib", "-fno-builtin", f"-Wl,--version-script={script}"])


def user_of(output: Path, functions: "list[str]", libraries: "list[Path]", extra: str = "", flags: "tuple[str, ...]" = ()) -> Path:
    """A shared object that calls the functions of the libraries, and needs nothing else."""
    calls = "".join(f"extern int {name}(void);\n" for name in functions)
    body = " + ".join(f"{name}()" for name in functions) or "0"
    source = f"{calls}{extra}int use_{output.name.partition('.')[0]}(void) {{ return {body}; }}\n"
    return objects.library(output, source, ["-nostdlib", "-fno-builtin", "-Wl,--no-as-needed", *map(str, libraries), *flags])


def audit_of(directory: Path, members: "dict[str, Path]", **options: Any) -> Audit:
    """The audit of a par with these members."""
    return Audit(Contents(make_par(directory / "app.par", {**MAIN, **members}, **options)))


def tool(*arguments: "str | Path", status: int = 0, cwd: "Path | None" = None) -> "subprocess.CompletedProcess[str]":
    """Runs //tools/par and checks its exit status."""
    program = Path(__file__).parents[2] / "tools" / "par" / "par.py"
    code = "import runpy, sys; sys.path[:] = sys.argv.pop(1).split(':'); runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    command = [sys.executable, "-c", code, ":".join(sys.path), program, *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == status, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def report(command: str, par: "Path | str") -> "dict[str, Any]":
    """What the tool says of a par, as JSON."""
    return json.loads(tool(command, "--json", par).stdout)


def problems(par: Path) -> "list[str]":
    """What is wrong with a par."""
    try:
        return Verification(Contents(par)).problems
    except Refusal as refusal:
        return [refusal.message]


def flipped(par: Path, copy: Path, positions: "list[int]") -> "Iterator[tuple[int, list[str]]]":
    """For each position what is found when that byte, and no other, has changed."""
    shutil.copyfile(par, copy)
    with copy.open("r+b", buffering=0) as file:
        for position in positions:
            file.seek(position)
            byte = file.read(1)
            file.seek(position)
            file.write(bytes([byte[0] ^ 0x10]))
            yield position, problems(copy)
            file.seek(position)
            file.write(byte)
