"""What cannot run says so in one line, with the exit status that stands for the reason."""

import os
import resource
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.objects import extension
from tests.launcher.programs import ENVIRONMENT, make_par, run

DAMAGED, UNREADABLE, SYSTEM, WRONG_PYTHON = 65, 66, 71, 78
HEADER = struct.Struct("<8sIIQQQ")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("built")
    ext = extension(directory / "ext.so", "static int value(void) { return 1; }")
    return make_par(directory / "app.par", {"_main/main.py": "import ext\nprint(ext.value())", "_main/ext.so": ext})


@pytest.fixture
def app(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(built, tmp_path / "app.par"))


def refused(command: "list[str | Path]", app: Path, status: int, **options: object) -> str:
    done = run(command, status=status, **options)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{app}: "), line
    return line


def header_of(app: Path) -> "tuple[int, list[int | bytes]]":
    content = app.read_bytes()
    at = content.index(b"RULESPAR")
    return at, list(HEADER.unpack_from(content, at))


def change(app: Path, at: int, new: bytes) -> None:
    with app.open("r+b") as file:
        file.seek(at)
        file.write(new)


@pytest.mark.parametrize("field, value", [(1, 2), (3, 12345), (4, 0), (4, 1 << 62), (5, 1), (5, 1 << 40)])
def test_a_header_that_is_not_right(app: Path, field: int, value: int) -> None:
    at, fields = header_of(app)
    fields[field] = value
    change(app, at, HEADER.pack(*fields))
    refused([app], app, DAMAGED)


def test_no_header(app: Path) -> None:
    change(app, header_of(app)[0], b"NOTAPAR!")
    assert "header" in refused([app], app, DAMAGED)


def test_a_root_record_of_zeros(app: Path) -> None:
    _, (*_, offset, size) = header_of(app)
    change(app, offset, bytes(size))
    assert "index" in refused([app], app, DAMAGED)


def test_a_root_record_with_one_wrong_letter(app: Path) -> None:
    """marshal has nothing against it: the check of the record has."""
    _, (*_, offset, size) = header_of(app)
    at = app.read_bytes().index(b"_main/main.py", offset)
    assert at < offset + size
    change(app, at, b"_Main")
    assert "index" in refused([app], app, DAMAGED)


def test_bytes_in_front_or_behind_are_noticed(app: Path) -> None:
    content = app.read_bytes()
    app.write_bytes(content + b"\n")
    assert "copy it again" in refused([app], app, DAMAGED)


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.1])
def test_a_par_cut_short_says_so(app: Path, kept: float) -> None:
    size = int(app.stat().st_size * kept)
    with app.open("r+b") as file:
        file.truncate(size)
    assert "is damaged" in refused([app], app, DAMAGED)
    done = subprocess.run([sys.executable, app], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "this-par-is-damaged-or-cut-short--copy-it-again" in done.stderr


def test_another_version_or_abi(app: Path, tmp_path: Path) -> None:
    others = [path for path in (shutil.which(f"python3.{minor}") for minor in range(9, 20)) if path and version_of(path) not in (None, sys.version_info[:2])]
    assert others, "this test needs a second Python, 3.9 or newer, on PATH: install one"
    line = refused([others[0], app], app, WRONG_PYTHON)
    assert f"run it with python{sys.version_info[0]}.{sys.version_info[1]}" in line


def version_of(python: str) -> "tuple[int, ...] | None":
    done = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    return None if done.returncode else tuple(map(int, done.stdout.split()))


def test_another_machine(app: Path) -> None:
    """The builder's machine is in the root record; another of the same length there."""
    machine = os.uname().machine.encode()
    _, (*_, offset, size) = header_of(app)
    root = app.read_bytes()[offset : offset + size - 8]
    at = root.rindex(machine)
    root = root[:at] + b"z" * len(machine) + root[at + len(machine) :]
    check = int.from_bytes(root, "little") % ((1 << 61) - 1)
    change(app, offset, root + check.to_bytes(8, "little"))
    assert f"this machine is {machine.decode()}" in refused([app], app, WRONG_PYTHON)


def test_an_old_python_is_told_what_it_is(built: Path) -> None:
    """With Python 3.8 or older: here only the text of the file that such a Python runs can be checked."""
    import ast
    import zipfile

    with zipfile.ZipFile(built) as archive:
        source = archive.read("__main__.py").decode("ascii")
    tree = ast.parse(source, feature_version=(3, 4))
    first = next(node for node in tree.body if isinstance(node, ast.If))
    assert "version_info < (3, 9)" in ast.unparse(first).replace("sys.", "")
    before = tree.body[: tree.body.index(first)]
    assert [type(node) for node in before] == [ast.Expr, ast.Import], "nothing else may run in an old Python"


def test_a_limit_that_forbids_any_file_in_memory(app: Path) -> None:
    done = subprocess.run(
        [app], env=ENVIRONMENT, capture_output=True, text=True, check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
