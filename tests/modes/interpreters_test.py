"""Further interpreters in the process of a par (PEP 554, PEP 684): they have its modules, data and libraries too."""

import json
import os
import subprocess

import pytest

from tests.modes.running import ENVIRONMENT, PARS, executable

# By the module of Python that all APIs are made of, of any version.
BEGIN = """
import sys
try:
    import _interpreters as interpreters
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string

def run_in_another(code):
    another = interpreters.create()
    assert run(another, code) is None
    interpreters.destroy(another)
"""
ANSWERS = """
import json, os, sqlite3, sys, zlib
print(json.dumps({
    "path": sys.path,
    "places": [sys.prefix, sys.base_prefix, sys.executable],
    "module": json.__file__,
    "source": open(json.__file__).readline(),
    "listing": sorted(os.listdir(os.path.dirname(json.__file__))),
    "library": sqlite3.connect(":memory:").execute("SELECT 6 * 7").fetchone(),
    "compressed": len(zlib.compress(b"text")),
    "builtin": callable(exit),
}), flush=True)
"""
MAPPED = """
def mapped():
    return sorted(line.split(None, 5)[5] for line in open("/proc/self/maps") if "sqlite3" in line)
"""


@pytest.fixture(params=sorted(PARS))
def python(request: pytest.FixtureRequest) -> str:
    return executable(PARS[request.param])


def run(python: str, code: str) -> str:
    done = subprocess.run([python, "-I", "-c", BEGIN + code], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def test_it_has_what_the_first_one_has(python: str) -> None:
    output = run(python, f"code = {ANSWERS!r}\nexec(code)\nrun_in_another(code)")
    first, second = map(json.loads, output.splitlines())
    assert first["library"] == [42]
    assert first["places"][2] == python
    assert second == first


def test_a_library_is_loaded_once(python: str) -> None:
    """Its paths and memory are those that the process has."""
    code = f"""{MAPPED}
import sqlite3
before = mapped()
run_in_another("import sqlite3; print(sqlite3.connect(':memory:').execute('SELECT 1').fetchone(), flush=True)")
print(len(before) > 0, mapped() == before)
"""
    assert run(python, code) == "(1,)\nTrue True\n"


def test_the_second_one_may_be_first(python: str) -> None:
    """What another interpreter has loaded stays good when that one has ended."""
    code = """
run_in_another("import sqlite3; print(sqlite3.connect(':memory:').execute('SELECT 1').fetchone(), flush=True)")
import sqlite3
print(sqlite3.connect(':memory:').execute('SELECT 2').fetchone())
"""
    assert run(python, code) == "(1,)\n(2,)\n"


def test_of_a_daemon(python: str) -> None:
    """That has closed all descriptors which it found, and uses their numbers for something else."""
    code = """
import os
os.closerange(3, 1000)
while os.open("/dev/null", os.O_RDONLY) < 310: pass
run_in_another("import json; print(json.dumps([1]), flush=True)")
"""
    assert run(python, code) == "[1]\n"


if os.environ["VERSION"] >= "3.14":

    def test_many_at_once(python: str) -> None:
        """In threads that do not wait for each other. 3.13 itself crashes."""
        code = """
import threading
code = "import bz2, lzma, sqlite3, sys, zlib; sys.stdout.write(f'{len(sys.path)}\\\\n'); sys.stdout.flush()"
threads = [threading.Thread(target=run_in_another, args=(code,)) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(sys.path))
"""
        lines = run(python, code).split()
        assert len(lines) == 7
        assert len(set(lines)) == 1

    def test_a_library_by_its_name(python: str) -> None:
        """dlopen in C asks the launcher of the interpreter that calls it. Older versions have no ctypes there."""
        code = """
run_in_another('''
import ctypes
print(ctypes.CDLL("libsqlite3.so.0").sqlite3_libversion_number() > 3000000, flush=True)
''')
"""
        assert run(python, code) == "True\n"

    def test_a_pool_runs_functions_of_the_program(python: str, tmp_path) -> None:
        program = tmp_path / "program.py"
        program.write_text(
            "import sqlite3\n"
            "from concurrent.futures import InterpreterPoolExecutor\n"
            "def ask(number):\n"
            "    return sqlite3.connect(':memory:').execute('SELECT ? * 2', (number,)).fetchone()\n"
            "if __name__ == '__main__':\n"
            "    with InterpreterPoolExecutor(3) as pool:\n"
            "        print(list(pool.map(ask, range(4))))\n",
            encoding="utf-8",
        )
        done = subprocess.run([python, program], env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "[(0,), (2,), (4,), (6,)]\n"), done.stderr
