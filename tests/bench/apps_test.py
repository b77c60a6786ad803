"""The sources of programs that are made, not kept."""

import subprocess
import sys
from pathlib import Path

from tools.bench.apps import all_apps, prepared


def test_modules(tmp_path: Path) -> None:
    """2,000 of them, in 200 packages, and all are imported."""
    main = prepared(all_apps()["modules"], sys.executable).write(tmp_path / "modules")
    assert len(list(main.parent.rglob("*/*.py"))) == 2000
    assert len(list(main.parent.rglob("__init__.py"))) == 200
    with open(main, "a", encoding="utf-8") as file:
        file.write("print(sum(name.startswith('package') for name in sys.modules))\n")
    done = subprocess.run([sys.executable, "-B", main], env={}, input="", stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["imported", "2000"]


def test_padding(tmp_path: Path) -> None:
    """Of the size that is said, and of different contents, but without blocks on the disk."""
    variants = all_apps()["size"].variants()
    sizes = {}
    for name, app in variants.items():
        main = app.write(tmp_path / name)
        assert main.is_file()
        files = list((main.parent / "padding").iterdir())
        sizes[name] = sum(file.stat().st_size for file in files)
        assert sum(file.stat().st_blocks for file in files) * 512 < 10**6
        assert len({file.read_bytes()[:10] for file in files}) == len(files)
    assert sizes == {"10 MB": 10 * 10**6, "500 MB": 500 * 10**6}


def test_members(tmp_path: Path) -> None:
    variants = all_apps()["members"].variants()
    counts = {name: len(list((app.write(tmp_path / name).parent / "padding").iterdir())) for name, app in variants.items()}
    assert counts == {"10": 10, "1,000": 1000, "20,000": 20_000}


def test_program_waits_until_its_stdin_ends() -> None:
    """When it has printed: that is when its memory is looked at."""
    main = Path(sys.modules["tools.bench.apps"].__file__).parent / "programs/hello/main.py"
    with subprocess.Popen([sys.executable, str(main)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "Hello, world\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait() == 0
