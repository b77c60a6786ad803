"""pip as a script of a par that brings its own Python: it installs beside the par, and the par uses what is there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from wheel_files import write_sdist, write_wheel

from tests.programs.starting import ENVIRONMENT, run

# A backend of PEP 517 that needs a module which only its build requirements bring.
BACKEND = """
import sys, zipfile
import builder_of_fruit
def build_wheel(directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{directory}/fruit-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("fruit.py", f"built_by = {sys.executable!r}, {builder_of_fruit.NAME!r}\\n")
        wheel.writestr("fruit-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: fruit\\nVersion: 1.0\\n")
        wheel.writestr("fruit-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("fruit-1.0.dist-info/RECORD", "")
    return "fruit-1.0-py3-none-any.whl"
"""


@pytest.fixture
def toolbox(tmp_path: Path) -> Path:
    return Path(shutil.copy(os.environ["PAR"], tmp_path / "toolbox.par"))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    directory = tmp_path / "index"
    directory.mkdir()
    entry_points = "[console_scripts]\ncow = cow:main\n"
    write_wheel(directory / "cow-1.0-py3-none-any.whl", {"cow.py": "def main(): print('moo')\n", "cow-1.0.dist-info/entry_points.txt": entry_points})
    return directory


def pip(toolbox: Path, index: Path, *arguments: "str | Path") -> "subprocess.CompletedProcess[str]":
    settings = {
        "HOME": str(index),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_FIND_LINKS": str(index),
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_INDEX": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "TMPDIR": str(index.parent),
    }
    environment = {**ENVIRONMENT, **settings, "PAR_SCRIPT": "pip"}
    return subprocess.run([toolbox, *arguments], env=environment, capture_output=True, text=True, check=False)


def install(toolbox: Path, index: Path, *arguments: "str | Path") -> None:
    done = pip(toolbox, index, "install", *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


def test_into_a_directory(toolbox: Path, index: Path, tmp_path: Path) -> None:
    install(toolbox, index, "--target", tmp_path / "there", "cow")
    variables = {"PAR_MODULE": "cow:main", "PAR_PATH": str(tmp_path / "there")}
    assert run([toolbox], variables=variables) == "moo\n"
    # The script that pip has made runs by the par, which finds the package where PYTHONPATH says.
    assert run([tmp_path / "there/bin/cow"], variables={"PYTHONPATH": str(tmp_path / "there")}) == "moo\n"


def test_into_a_prefix(toolbox: Path, index: Path, tmp_path: Path) -> None:
    install(toolbox, index, "--prefix", tmp_path / "there", "cow")
    (found,) = (tmp_path / "there").rglob("cow.py")
    assert run([toolbox], variables={"PAR_MODULE": "cow:main", "PAR_PATH": str(found.parent)}) == "moo\n"


def test_an_sdist_with_a_build_of_its_own(toolbox: Path, index: Path, tmp_path: Path) -> None:
    """pip starts the par, as a Python, to install the build requirements and to build. They are for the build alone."""
    write_wheel(index / "builder_of_fruit-1.0-py3-none-any.whl", {"builder_of_fruit.py": "NAME = 'the builder'\n"})
    # One that the par has too, in another version: the build must see its own.
    write_wheel(index / "pyyaml-1.0-py3-none-any.whl", {"yaml/__init__.py": "__version__ = 'for the build'\n"})
    backend = BACKEND.replace("import builder", "import yaml\nassert yaml.__version__ == 'for the build', yaml\nimport builder")
    write_sdist(index / "fruit-1.0.tar.gz", backend, ["builder-of-fruit", "pyyaml==1.0"])
    install(toolbox, index, "--target", tmp_path / "there", "fruit")
    code = "import fruit, yaml; print(fruit.built_by, yaml.__version__ > '5')"
    variables = {"PAR_INTERPRETER": "1", "PAR_PATH": str(tmp_path / "there")}
    built_by = (f"{toolbox.parent}/.//{toolbox.name}", "the builder")
    assert run([toolbox, "-c", code], variables=variables) == f"{built_by} True\n"
    assert sorted(path.name for path in (tmp_path / "there").iterdir() if path.suffix == ".py") == ["fruit.py"]


def test_into_the_par(toolbox: Path, index: Path) -> None:
    done = pip(toolbox, index, "install", "cow")
    assert done.returncode == 1
    assert "error: externally-managed-environment" in done.stderr
    assert 'Install beside it, with "pip install --target DIR ..."' in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_in_the_par(toolbox: Path, index: Path) -> None:
    names = [line.split()[0] for line in pip(toolbox, index, "list").stdout.splitlines()[2:]]
    assert names == ["pip", "PyYAML"]


def test_the_other_tools(toolbox: Path, tmp_path: Path) -> None:
    """In one par with pip: the example itself."""
    for name in ("checksum", "yaml2json"):
        (tmp_path / name).symlink_to(toolbox.name)
    assert run([tmp_path / "yaml2json"], input="moons: [Io, Europa]\n") == '{"moons": ["Io", "Europa"]}\n'
    (tmp_path / "file").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert run([tmp_path / "checksum", tmp_path / "file"]) == f"{digest}  {tmp_path}/file\n"
