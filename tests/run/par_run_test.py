"""What every par must do, for the par of one example (see par_run_test.bzl)."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rules_par_testing import (
    assert_mapped_from_memory,
    assert_no_filesystem_libraries,
    native_members,
    needed_by_host,
    trace_file_changes,
)

from tests.run.live_par import ENVIRONMENT, LivePar, interpreter_of

IN_PLACE = Path(os.environ["PAR"]).absolute()
ARGUMENTS = json.loads(os.environ["PAR_ARGUMENTS"])
EXPECTED = re.compile(os.environ["PAR_OUTPUT"], re.DOTALL)
HOST_NEEDS = tuple(json.loads(os.environ["PAR_HOST_NEEDS"]))
HAS_NATIVES = os.environ["PAR_HAS_NATIVES"] == "yes"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The par alone in a directory: no runfiles beside it, no source tree above it."""
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    return Path(shutil.copy(IN_PLACE.resolve(), directory / "renamed.par"))


def run(par: "Path | str", cwd: Path) -> None:
    done = subprocess.run([par, *ARGUMENTS], env=ENVIRONMENT, cwd=cwd, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert EXPECTED.fullmatch(done.stdout), done.stdout


def test_runs_in_place(tmp_path: Path) -> None:
    run(IN_PLACE, tmp_path)


def test_runs_copied(copied: Path, tmp_path: Path) -> None:
    run(copied, tmp_path)
    assert [path.name for path in copied.parent.iterdir()] == ["renamed.par"]


def test_runs_by_a_relative_path_and_through_a_link(copied: Path, tmp_path: Path) -> None:
    run("./renamed.par", copied.parent)
    link = tmp_path / "link.par"
    link.symlink_to(copied)
    run(link, tmp_path)


def test_every_native_member_is_mapped_from_memory(copied: Path) -> None:
    members = native_members(copied)
    assert bool(members) == HAS_NATIVES, members
    if not HAS_NATIVES:
        return  # what there is to know about such a par has just been asserted
    with LivePar(copied, ARGUMENTS) as par:
        par.load_natives([member.path for member in members])
        assert EXPECTED.match(par.output), par.output
        assert_mapped_from_memory(par.pid, members)
        allowed = [path for path in needed_by_host(par.pid, members) if Path(path).name.startswith(HOST_NEEDS)]
        assert_no_filesystem_libraries(par.pid, members, allowed)


def test_creates_and_changes_no_file(copied: Path, tmp_path: Path) -> None:
    trace = trace_file_changes([copied, *ARGUMENTS], env=ENVIRONMENT, cwd=tmp_path)
    assert trace.returncode == 0, trace.stderr
    assert EXPECTED.fullmatch(trace.stdout.decode()), trace.stdout
    assert list(trace.unknown) == []
    assert [event.line for event in trace.events] == []


_CHILD = """
import os, subprocess
environment = subprocess.check_output(["env", "-0"], text=True).rstrip("\\0").split("\\0")
descriptors = subprocess.check_output(["ls", "/proc/self/fd"], text=True, close_fds=False).split()
result = [dict(os.environ), sorted(environment), descriptors]
"""


def test_children_see_what_those_of_a_script_see(copied: Path, tmp_path: Path) -> None:
    """The same environment and the same open descriptors: a par leaves nothing of itself to them."""
    environment = {**ENVIRONMENT, "A_VARIABLE": "of the user", "PYTHONUNBUFFERED": "1"}
    script = tmp_path / "script.py"
    script.touch()
    with LivePar(script, interpreter=interpreter_of(copied), env=environment) as control:
        expected = control.ask(_CHILD)
    assert environment.items() <= expected[0].items()
    with LivePar(copied, ARGUMENTS, env=environment) as par:
        assert par.ask(_CHILD) == expected
