"""A par of one wheel meets the policy that `auditwheel show` names for the wheel."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.par_tool import pars

PARS = json.loads(os.environ["PARS"])
WHEELS = json.loads(os.environ["WHEELS"])


def auditwheel(wheel: Path) -> "dict[str, Any]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "auditwheel", "show", "--json", wheel]
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)


@pytest.mark.parametrize("name", sorted(WHEELS))
def test_agrees_with_auditwheel(name: str) -> None:
    theirs = auditwheel(Path(WHEELS[name]).resolve())
    ours = pars.report("audit", PARS[name])
    assert ours["policy"] == theirs["overall_tag"]
    # auditwheel reads the libraries of this machine as well, because it could add them to the wheel.
    is_alone = not theirs["external_libs"]
    if is_alone:
        assert ours["symbols_policy"] == theirs["sym_tag"]
    # What the wheel itself provides is no demand on the host; auditwheel lists it too, and the dynamic linker not.
    demanded = {library: about["versions"] for library, about in ours["libraries_of_host"].items() if "ld-linux" not in library}
    for library, versions in demanded.items():
        listed = theirs["versioned_symbols"].get(library, [])
        assert sorted(versions) == listed if is_alone else set(versions) <= set(listed)
    if is_alone:
        provided = {Path(path).name for path in pars.report("inspect", PARS[name])["native"]}
        assert set(theirs["versioned_symbols"]) - set(demanded) <= provided
    unpromised = {library for library, about in ours["libraries_of_host"].items() if not about["on_every_host"]}
    # auditwheel goes on to what those need in turn.
    assert unpromised <= set(theirs["external_libs"]) and bool(unpromised) == bool(theirs["external_libs"])


def test_the_wheels_differ() -> None:
    """Or the test above could say little."""
    assert len({pars.report("audit", par)["policy"] for par in PARS.values()}) > 2
