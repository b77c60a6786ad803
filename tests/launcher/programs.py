"""Programs for the tests: their files, a real par made of them by the builder, and running it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.builder import par, python_target
from tools.builder.manifest import Manifest, parse
from tools.builder.patchelf import Patchelf

LAUNCHER = Path(__file__).parents[2] / "python" / "launcher"
# Python adds LC_CTYPE to an environment without a locale.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
INTERPOSER = Path(os.environ["INTERPOSER"]).absolute() if "INTERPOSER" in os.environ else None
PATCHELF = os.environ.get("PATCHELF", "patchelf")
Content = "str | bytes | Path"

_python = python_target.describe(sys.executable)


def write_tree(directory: Path, files: "Mapping[str, Content]") -> "dict[str, Path]":
    """Writes the files below the directory; returns where each one is. A Path stays where it is."""
    sources = {}
    for path, content in files.items():
        if isinstance(content, Path):
            sources[path] = content
            continue
        sources[path] = directory / path
        sources[path].parent.mkdir(parents=True, exist_ok=True)
        sources[path].write_bytes(content.encode() if isinstance(content, str) else content)
    return sources


def manifest_of(sources: "Mapping[str, Path]", imports: Sequence[str] = (), natives: "Mapping[str, Sequence[str]]" = {}) -> Manifest:
    """The manifest that the par rule would write; `natives`: member path -> further names."""
    lines: "list[list[Any]]" = []
    for path, source in sources.items():
        lines.append(["native", path, str(source), list(natives[path])] if path in natives else ["file", path, str(source)])
    lines += [["import", root] for root in imports]
    for source in LAUNCHER.glob("*.py"):
        place = source.name if source.name == "__main__.py" else f"_rules_par/{source.name}"
        lines.append(["launcher", place, str(source)])
    return parse(json.dumps(line) for line in lines)


def make_par(
    output: Path,
    files: "Mapping[str, Content]",
    *,
    main: str = "_main/main.py",
    imports: Sequence[str] = (),
    natives: "Mapping[str, Sequence[str]]" = {},
    interpreter: str = sys.executable,
    host_libraries: "tuple[str, ...]" = (),
) -> Path:
    """Builds the par `output` for the Python that runs the test, with the sources in a directory beside it."""
    sources = write_tree(output.with_name(f"{output.name}-sources"), files)
    options = par.Options(main, "_main", interpreter, host_libraries, interposer=INTERPOSER)
    patchelf = Patchelf(PATCHELF, output.parent)
    par.build(manifest_of(sources, imports, natives), options, _python, patchelf, output)
    return output


def run(command: "Sequence[str | bytes | os.PathLike] | os.PathLike", *, status: int = 0, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Runs the par, or a command, and checks its exit status; `options` are those of subprocess.run."""
    words = [command] if isinstance(command, os.PathLike) else list(command)
    done = subprocess.run(
        words, **{"env": ENVIRONMENT, "capture_output": True, "text": True, "errors": "surrogateescape", "check": False, **options}
    )
    assert done.returncode == status, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def run_main(directory: Path, source: str, files: "Mapping[str, Content]" = {}, *, status: int = 0, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Builds app.par in the directory with this source as its main and runs it; `options` are those of make_par."""
    return run(make_par(directory / "app.par", {"_main/main.py": source, **files}, **options), status=status)
