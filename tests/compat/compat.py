"""Judges rules_par by a corpus of packages: builds a par of each, and has the corpus's own run.py look at it from outside.

    ./bazelw run //tests/compat -- [--corpus DIR] --mode system|embedded|full [--only A,B] [--json FILE] [--jobs N]

DIR has run.py, corpus.toml, locks.toml and smoke/. A package passes when its program does, no file was opened for
writing, and no shared object of the application was mapped from the file system. Needs root, strace, and the CPython
that the corpus is for. COMPAT_CACHE names a directory for wheels, site directories and the Bazel that builds the pars (in
embedded mode, where ./bazelw runs Bazel in a root file system of its own, that is in there).

Exit status: 0 when all packages pass, 1 when one does not, 2 for wrong usage.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# The source tree: this file in the runfiles is a link into it.
HERE = Path(__file__).resolve().parent
RULES_PAR = HERE.parent.parent
VERSION = "3.11"  # the corpus is locked for this one


# tools/bazel_root makes it.
IS_IN_BAZEL_ROOT = Path("/etc/rules_par_root").exists()


class Place:
    """Where run.py makes its sandboxes. ./bazelw may run Bazel, and us, in a root file system of its own, whose mounts an overlay
    cannot have below it: so run.py works in the mount namespace that ./bazelw was called from. But what is built in there
    for the libc of the host is for the libc in there: then run.py works there as well, on files of that root alone."""

    def __init__(self, mode: str) -> None:
        outside = IS_IN_BAZEL_ROOT and mode != "embedded"
        caller = f"/proc/{os.getppid()}"
        self._enter = ["nsenter", f"--mount={caller}/ns/mnt", f"--root={caller}/root", "env", "--chdir=/"] if outside else []
        self._root = f"{caller}/root" if outside else ""
        if IS_IN_BAZEL_ROOT and not outside:
            self.cache = Path("/var/cache/rules_par_compat")
        else:
            self.cache = Path(os.environ.get("COMPAT_CACHE") or Path(tempfile.gettempdir()) / "compat-cache").absolute()
        # What Bazel tells the Pythons that it starts is not for others.
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RUNFILES_"))}
        self._environment["COMPAT_CACHE"] = str(self.cache)
        if outside:
            self._environment["BAZELW"] = "root"  # the same Bazel again

    def interpreter(self) -> "str | None":
        """A CPython of the version wanted: on PATH, or in pyenv."""
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
        candidates = [str(pyenv / each / "bin") for each in self._listdir(pyenv) if each.startswith(f"{VERSION}.")]
        for directory in [*candidates, *os.get_exec_path()]:
            path = f"{directory}/python{VERSION}"
            if os.access(self._root + path, os.X_OK):
                return path
        return None

    def _listdir(self, directory: Path) -> "list[str]":
        try:
            return sorted(os.listdir(f"{self._root}{directory}"))
        except OSError:
            return []

    def run(self, command: "list[str]") -> int:
        return subprocess.run([*self._enter, *command], env=self._environment, check=False).returncode


def offences(result: dict, pars: Path) -> "list[str]":
    """What is wrong with a package, as run.py saw it. The pars themselves were in `pars`."""
    if result["status"] != "pass":
        lines = [line.strip() for line in result["error"].splitlines() if line.strip()]
        return [f"[{result['stage']}] {lines[-1] if lines else 'no message'}"]
    found = []
    trace = result["trace"]
    if trace["opened_for_write"] or trace["bytes_written"]:
        found.append(f"wrote {' '.join(trace['write_sample'])}")
    for phase in ("trace", "cold", "warm"):
        disk = result[phase]["disk"]
        if disk["files"] or disk["dirs"]:
            found.append(f"left {' '.join(disk['sample'] + disk['dirs_sample'])} ({phase})")
    # A par with its own Python is a program like others: the kernel maps it.
    libraries = [path for path in trace["mapped"]["app"] if not (path.startswith(f"{pars}/") and path.endswith("/out"))]
    if libraries:
        found.append(f"mapped {' '.join(libraries)}")
    return found


def judge(flags: argparse.Namespace) -> int:
    place = Place(flags.mode)
    cache = place.cache
    python = flags.python or place.interpreter()
    if python is None:
        print(f"compat: no python{VERSION} on PATH nor in pyenv: install it, or name one with --python", file=sys.stderr)
        return 2
    label = f"par-{flags.mode}"
    output = flags.json or cache / "results" / f"{label}.json"
    options = [f"--workspace={cache / 'workspace'}", f"--rules_par={RULES_PAR}", f"--mode={flags.mode}"]
    build = ["{python}", str(HERE / "build_par.py"), *options, "{site_dir}", "{smoke}", "{out}"]
    command = [python, str(flags.corpus / "run.py"), "--runner=cmd", f"--label={label}"]
    command += [f"--build={' '.join(build)}", "--run={out}", f"-j{flags.jobs}", f"--output={output}"]
    if flags.only:
        command.append(f"--only={flags.only}")
    if flags.mode != "system":
        # It must not be missed.
        prefix = Path(python).parent.parent
        command += [f"--hide={cache / 'python'}", f"--hide={python if str(prefix) in ('/', '/usr') else prefix}"]
    output.unlink(missing_ok=True)
    status = place.run(command)
    if not output.exists():
        return status or 1
    results = json.loads(output.read_text())["results"]
    failed = 0
    for name, result in results.items():
        wrong = offences(result, cache / "build" / label)
        failed += bool(wrong)
        print(f"{name:24} {'; '.join(wrong) if wrong else 'ok'}")
    print(f"{label}: {len(results) - failed} of {len(results)} are as they should be")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="compat", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="directory of the corpus (default: RULES_PAR_CORPUS, or ../shared/compat)")
    parser.add_argument("--mode", choices=["system", "embedded", "full"], required=True, help="mode of the pars")
    parser.add_argument("--only", help="packages, joined by commas")
    parser.add_argument("--json", type=Path, help="file for what run.py measured")
    parser.add_argument("--jobs", type=int, default=1, help="packages at a time")
    parser.add_argument("--python", help=f"the CPython {VERSION}")
    flags = parser.parse_args()
    called_in = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""))  # `bazel run` changes it
    flags.corpus = called_in / (flags.corpus or os.environ.get("RULES_PAR_CORPUS") or RULES_PAR.parent / "shared/compat")
    flags.json = flags.json and called_in / flags.json
    if not (flags.corpus / "run.py").exists():
        parser.error(f"{flags.corpus}: no corpus there (no run.py): give --corpus=DIR or set RULES_PAR_CORPUS")
    return judge(flags)


if __name__ == "__main__":
    sys.exit(main())
