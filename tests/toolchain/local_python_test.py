"""Making a runtime of the Python that runs this test, and of parts of none."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import local_python
import pytest
from host_closure import MissingLibrary

BUILT = Path(__file__).parent
NEEDS_WHAT_IS_NOT_THERE = BUILT.parent / "pip/libraries/libpartest_outer.so.1"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This Python's, made once."""
    directory = tmp_path_factory.mktemp("runtime")
    (directory / "description.json").write_text(json.dumps(local_python.describe(directory)))
    return directory


def description(runtime: Path) -> dict:
    return json.loads((runtime / "description.json").read_text())


def test_this_python_is_described(runtime: Path) -> None:
    found = description(runtime)
    assert found["version"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found["abi"] == sysconfig.get_config_var("SOABI")
    assert found["machine"] == os.uname().machine
    assert Path(found["interpreter"]).samefile(getattr(sys, "_base_executable", sys.executable))
    assert found["glibc_version"] == os.confstr("CS_GNU_LIBC_VERSION").split()[1]
    floor, version = (tuple(map(int, found[name].split("."))) for name in ("glibc_floor", "glibc_version"))
    assert (2, 2) < floor <= version


def test_everything_linked_is_there(runtime: Path) -> None:
    found = description(runtime)
    assert [path for path in runtime.rglob("*") if not path.exists()] == []
    assert (runtime / "program" / found["program"]).is_file()
    assert (runtime / "linker" / found["linker"]).samefile(found["linker_path"])
    assert sorted(path.name for path in (runtime / "glibc").iterdir()) == found["glibc"]
    assert {"libc.so.6", "libm.so.6"} <= set(found["glibc"])
    named = {name for names in found["extensions"].values() for name in names} | set(found["libraries"])
    assert {path.name for path in (runtime / "library").iterdir()} == named
    assert not named & set(found["glibc"])


def test_what_wheels_expect_of_a_python_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A Python that has zlib and expat inside of itself.
    class Nothing(local_python.Libraries):
        def add(self, needed_by: local_python.Library, finder: local_python.Finder) -> list[str]:
            return []

    monkeypatch.setattr(local_python, "Libraries", Nothing)
    found = local_python.describe(tmp_path)
    assert found["libraries"] == ["libexpat.so.1", "libz.so.1"] == sorted(path.name for path in (tmp_path / "library").iterdir())


def test_linked_runtime_is_the_one_of_the_running_process(runtime: Path) -> None:
    # This process has mapped libc, which must be the one of the ld.so that a par would bring.
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    assert str((runtime / "glibc/libc.so.6").resolve()) in mapped
    assert any(Path(path).samefile(next((runtime / "linker").iterdir())) for path in mapped if "/ld" in path)


def test_standard_library_is_complete_and_nothing_else(runtime: Path) -> None:
    stdlib = runtime / "stdlib"
    assert (stdlib / "os.py").samefile(os.__file__)
    assert (stdlib / "json/__init__.py").is_file()
    names = {path.name for path in stdlib.rglob("*")}
    assert not names & {"__pycache__", "dist-packages", "site-packages", "EXTERNALLY-MANAGED"}
    assert not [name for name in names if name.endswith((".pyc", ".a"))]
    # Extension modules, unless they are built in.
    for name in ("_ssl", "_sqlite3", "_ctypes", "_lzma"):
        there = list(stdlib.glob(f"lib-dynload/{name}.*"))
        assert there or name in sys.builtin_module_names or name in "".join(description(runtime)["left_out"])


def test_walk_of_standard_library(tmp_path: Path) -> None:
    pure, platform, elsewhere = (tmp_path / name for name in ("pure", "platform", "elsewhere"))
    for path in [
        "pure/os.py",
        "pure/package/__pycache__/os.cpython-314.pyc",
        "pure/package/data with space.txt",
        "pure/site-packages/theirs.py",
        "pure/config-3.14/libpython3.14.a",
        "pure/config-3.14/Makefile",
        "platform/os.py",
        "platform/lib-dynload/_x.so",
        "elsewhere/sitecustomize.py",
        "elsewhere/tree/inside.py",
    ]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (pure / "sitecustomize.py").symlink_to(elsewhere / "sitecustomize.py")
    (pure / "tree").symlink_to(elsewhere / "tree")
    (pure / "dangling.py").symlink_to("nowhere.py")
    assert local_python.standard_library([str(pure), str(platform)]) == {
        "config-3.14/Makefile": pure / "config-3.14/Makefile",
        "lib-dynload/_x.so": platform / "lib-dynload/_x.so",
        "os.py": pure / "os.py",
        "package/data with space.txt": pure / "package/data with space.txt",
        "sitecustomize.py": pure / "sitecustomize.py",
        "tree/inside.py": pure / "tree/inside.py",
    }


def test_extension_module_without_its_library_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Alone: what it needs is not beside it.
    module = tmp_path / "_broken.so"
    shutil.copyfile(NEEDS_WHAT_IS_NOT_THERE, module)
    stdlib = {"lib-dynload/_broken.so": module, "os.py": Path(os.__file__)}
    monkeypatch.setattr(local_python, "standard_library", lambda _: dict(stdlib))
    found = local_python.describe(tmp_path / "out")
    assert found["extensions"] == {}
    assert found["left_out"]["lib-dynload/_broken.so"].startswith("libpartest_inner-2.so.7 not found, which _broken.so needs")
    assert [path.name for path in (tmp_path / "out/stdlib").rglob("*")] == ["os.py"]


def test_shell_around_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("shell_around_library", "libpython3.99.so.1.0"):
        shutil.copyfile(BUILT / name, tmp_path / name)
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "shell_around_library"))
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: str(tmp_path) if name == "LIBDIR" else None)
    python = local_python.this_python()
    assert python.executable == tmp_path / "shell_around_library"
    assert python.program.path.name == "libpython3.99.so.1.0"
    assert os.path.basename(python.linker_path).startswith("ld")


def test_library_of_the_shell_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copyfile(BUILT / "shell_around_library", tmp_path / "shell_around_library")
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "shell_around_library"))
    with pytest.raises(MissingLibrary, match=r"libpython3.99.so.1.0 not found, which shell_around_library needs"):
        local_python.this_python()


def test_script_is_no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\n")
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "python3"))
    with pytest.raises(local_python.Unsuitable, match="python3 is not a dynamically linked program"):
        local_python.this_python()


@pytest.mark.parametrize("answer", [None, "", "musl 1.2"])
def test_another_libc(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "confstr", lambda _: answer)
    with pytest.raises(local_python.Unsuitable, match="is not made for glibc but for another libc"):
        local_python.glibc_version()


def test_libc_that_does_not_know_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def confstr(_: str) -> None:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(os, "confstr", confstr)
    with pytest.raises(local_python.Unsuitable, match="is not made for glibc"):
        local_python.glibc_version()


def test_program(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-B", local_python.__file__, f"--output={tmp_path}"],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout) == description(tmp_path)
