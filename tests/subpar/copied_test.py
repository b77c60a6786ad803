"""Every par of this suite, copied to an empty directory under another name, without runfiles, in a bare environment."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PARS = [Path(par).absolute() for par in os.environ["PARS"].split()]


@pytest.mark.parametrize("par", PARS, ids=lambda par: par.parent.name)
def test_passes_elsewhere(par: Path, tmp_path: Path) -> None:
    copy = shutil.copy(par, tmp_path / "other name.par")
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([copy], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # unittest says how many it has run: a main that runs none would pass too.
    assert "\nOK" in done.stderr and "Ran 0 tests" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["other name.par"]
