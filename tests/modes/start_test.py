"""What a par that carries its Python has done before the first line of the program."""

import os
import subprocess

import pytest

from tests.modes.running import ENVIRONMENT, PARS, executable

# The same Python outside of a par.
PLAIN = f"python{os.environ['VERSION']}"
MODULES = "import sys; print(sys.version_info, *sys.modules, sep='\\n')"
ADDED_BY_SITE = """
for each in (quit, exit, help, copyright, credits):
    print(repr(each))
print(exit.eof, quit.name, callable(license))
print(help(len))
exit(5)
"""


@pytest.fixture(params=sorted(PARS))
def python(request: pytest.FixtureRequest) -> str:
    return executable(PARS[request.param])


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def test_no_module_is_imported_that_python_does_not_start_with(python: str) -> None:
    """Not os either, which `site` imports elsewhere: the program waits for each of them."""
    plain = run(PLAIN, "-I", "-S", "-c", MODULES).stdout.splitlines()
    own = run(python, "-I", "-c", MODULES).stdout.splitlines()
    assert own[0] == plain[0], "not the Python of the par"
    assert {"sys", "_rules_par.launcher"} <= set(own)
    assert not {name for name in own if not name.startswith("_rules_par")} - {*plain, "gc"}, "gc is built in, and the launcher calls it"


def test_the_builtins_that_site_adds(python: str) -> None:
    plain, own = run(PLAIN, "-I", "-c", ADDED_BY_SITE), run(python, "-I", "-c", ADDED_BY_SITE)
    assert (plain.returncode, plain.stderr) == (5, "")
    assert (own.returncode, own.stdout, own.stderr) == (5, plain.stdout, "")
