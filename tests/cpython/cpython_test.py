"""CPython's own tests come out the same in a full par as in the Python that it was made of, test by test.

Both are run by CPython's test runner, under the same conditions; in the par `sys.executable` is the par, and it is what
the tests start. Where the outcomes differ, differences.txt must say so, and why; what it says must be so.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULES = [
    "test_concurrent_futures",
    "test_ctypes",
    "test_hashlib",
    "test_importlib",
    "test_multiprocessing_forkserver",
    "test_multiprocessing_main_handling",
    "test_multiprocessing_spawn",
    "test_os",
    "test_pkgutil",
    "test_runpy",
    "test_socket",
    "test_sqlite3",
    "test_ssl",
    "test_subprocess",
    "test_zipimport",
]
# What answers there is the hypervisor of the machine, if it has one.
LEFT_OUT = ["*ThreadedVSOCK*"]
WORKERS = 4  # they wait most of the time
PYTHON = json.loads(Path(os.environ["RUNTIME"]).read_text())["interpreter"]
# The tests remove files beside modules, which may be on a file system that is read-only: `SCRATCH DIRECTORY... -- COMMAND...`
WRITABLE = """
scratch=$1
shift
mount -t tmpfs tmpfs "$scratch" || exit
while [ "$1" != -- ]; do
  mkdir -p "$scratch/$1/upper" "$scratch/$1/work"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$scratch/$1/upper,workdir=$scratch/$1/work" "$1" || exit
  shift
done
shift
exec "$@"
"""
# Test -> (outcome outside, outcome inside).
Differences = dict[str, tuple[str, str]]


class Python:
    """An interpreter, and what CPython's test runner says of it.

    Attributes:
        outcomes: test -> "passed", "skipped", "failure" or "error"; none for a test of which only subtests failed.
        reports: test -> what its failure has to say.
    """

    def __init__(self, executable: str, directory: Path):
        self._executable = executable
        self._directory = directory
        self.outcomes: dict[str, str] = {}
        self.reports: dict[str, str] = {}

    def run(self, modules: "list[str]", *options: str) -> None:
        """Adds the outcomes of the tests in these modules of the package `test`."""
        results = self._directory / "results.xml"
        results.unlink(missing_ok=True)
        ignored = [word for pattern in LEFT_OUT for word in ("--ignore", pattern)]
        layer = self._directory / "layers"
        layer.mkdir(exist_ok=True)
        alone = ["unshare", "--mount", "--propagation", "private", "sh", "-c", WRITABLE, "sh", layer, *_module_directories(), "--"]
        runner = ["-m", "test", f"-j{WORKERS}", f"--tempdir={self._directory}", f"--junit-xml={results}", *ignored]
        environment = {"HOME": str(self._directory), "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}
        done = subprocess.run(
            [*alone, self._executable, *runner, *options, *modules],
            cwd=self._directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        assert results.exists(), f"status {done.returncode}: {done.stdout[-10000:]}"
        for case in ElementTree.parse(results).iter("testcase"):
            # For a test of which only subtests failed there is an element that does not say which it was.
            name = case.get("name")
            if name is None:
                continue
            self.outcomes[name] = "passed"
            for each in case:
                if each.tag in ("skipped", "failure", "error"):
                    self.outcomes[name] = each.tag
                    self.reports[name] = each.text or ""


def _module_directories() -> list[str]:
    """Of the Python of the machine; not those in others."""
    command = [PYTHON, "-c", "import os, sys; print(*filter(os.path.isdir, sys.path[1:]), sep='\\n')"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [each for each in found if not any(each.startswith(f"{other}/") for other in found)]


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """Of a short name: sockets have names in it."""
    with tempfile.TemporaryDirectory(prefix="cpython.", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def pythons(directory: Path) -> tuple[Python, Python]:
    """The one of the machine, and the par, with the outcomes of all tests."""
    par = shutil.copy(os.environ["PAR"], directory / "python.par")
    command = [par, "-c", "import sys; print(sys.executable)"]
    inside = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    found = []
    for executable in (PYTHON, inside):
        found.append(Python(executable, Path(tempfile.mkdtemp(dir=directory))))
        found[-1].run(MODULES)
    return found[0], found[1]


def compare(outside: Python, inside: Python) -> Differences:
    tests = sorted({*outside.outcomes, *inside.outcomes})
    both = {test: (outside.outcomes.get(test, "absent"), inside.outcomes.get(test, "absent")) for test in tests}
    return {test: outcomes for test, outcomes in both.items() if outcomes[0] != outcomes[1]}


def listed() -> Differences:
    """Lines `OUTSIDE INSIDE TEST` below a line with `#` and the reason."""
    found = {}
    reason = ""
    for line in Path(os.environ["DIFFERENCES"]).read_text().splitlines():
        if line.startswith("#"):
            reason = line[1:].strip()
        elif line:
            outside, inside, test = line.split()
            assert reason and test not in found, line
            found[test] = (outside, inside)
    return found


def module_of(test: str) -> str:
    """test.test_ssl.ContextTests.test_options is in test_ssl. What is skipped as a whole has a prefix."""
    match = re.search(r"\btest\.(test_\w+)", test)
    assert match, test
    return match[1]


def test_differences_are_the_listed_ones(pythons: tuple[Python, Python]) -> None:
    outside, inside = pythons
    expected = listed()
    # Some of these tests watch the clock; a difference that is not listed must show once more, with nothing beside it.
    unlisted = sorted(compare(outside, inside).items() - expected.items())
    if unlisted:
        names = [word for test, _ in unlisted for word in ("--match", test)]
        for python in pythons:
            python.run(sorted({module_of(test) for test, _ in unlisted}), *names)
    for test, outcomes in sorted(compare(outside, inside).items() - expected.items()):
        print(test, *outcomes, outside.reports.get(test), inside.reports.get(test), sep="\n")
    assert compare(outside, inside) == expected


def test_the_tests_were_run(pythons: tuple[Python, Python]) -> None:
    """All modules in both, and most of their tests pass."""
    for python in pythons:
        assert sorted({module_of(test) for test in python.outcomes}) == MODULES
        outcomes = list(python.outcomes.values())
        assert outcomes.count("passed") > 0.8 * len(outcomes) > 4000
