"""`host_libraries` in full mode: these names are found where the host's ld.so would find them, and nothing else is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.objects import extension
from tests.modes import place

PAR = Path(os.environ["PAR"]).absolute()
HOST = {name: Path(path).absolute() for name, path in json.loads(os.environ["HOST"]).items()}
FIRST, INNER, GREEDY, UNLISTED = "libpartest_host.so.1", "libpartest_inner.so.2", "libpartest_greedy.so.1", "libpartest_unlisted.so.1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "root"
    directory.mkdir()
    return directory


def run(root: Path, files: "dict[str, Path]", *arguments: str, variables: "dict[str, str]" = {}) -> "tuple[str, list[str]]":
    """Outcome and mapped files of the program, in a root of its own."""
    outcome, mapped = start(root, files, *arguments, variables=variables).splitlines()
    return outcome, mapped.split()


def start(root: Path, files: "dict[str, Path]", *arguments: str, variables: "dict[str, str]") -> str:
    """What the par prints in a root that has it, /proc and `files` (place -> file), no more."""
    copies = [f"--copy={file}:{name}" for name, file in {"x.par": PAR, **files}.items()]
    command = [sys.executable, place.__file__, f"--root={root}", *copies, "--", "/x.par", *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def in_directory(directory: str, *names: str) -> "dict[str, Path]":
    return {f"{directory}/{name}": HOST[name] for name in names}


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (("member", "libpartest_member.so", "member_answer"), "142"),
        (("ctypes", FIRST, "host_answer"), "42"),
        (("cffi", FIRST, "host_answer"), "42"),
        (("dlopen", FIRST, "host_answer"), "42"),
        (("find", "partest_host", ""), FIRST),
    ],
)
def test_in_a_default_directory(root: Path, arguments: "tuple[str, ...]", expected: str) -> None:
    """All that is mapped as code is the two libraries, and what they need of glibc is the par's."""
    outcome, mapped = run(root, in_directory("usr/lib", FIRST, INNER), *arguments)
    assert outcome == expected
    assert mapped == ([] if arguments[0] == "find" else [f"/usr/lib/{FIRST}", f"/usr/lib/{INNER}"])


def test_in_the_cache_of_the_host(root: Path, tmp_path: Path) -> None:
    image = tmp_path / "image"
    for name in (FIRST, INNER):
        (image / "opt/vendor").mkdir(parents=True, exist_ok=True)
        shutil.copy(HOST[name], image / "opt/vendor")
    (image / "etc").mkdir()
    (image / "etc/ld.so.conf").write_text("/opt/vendor\n", encoding="utf-8")
    subprocess.run(["/sbin/ldconfig", "-r", image], check=True)
    files = {**in_directory("opt/vendor", FIRST, INNER), "etc/ld.so.cache": image / "etc/ld.so.cache"}
    outcome, mapped = run(root, files, "ctypes", FIRST, "host_answer")
    assert (outcome, mapped) == ("42", [f"/opt/vendor/{FIRST}", f"/opt/vendor/{INNER}"])


def test_where_the_user_says(root: Path, tmp_path: Path) -> None:
    """LD_LIBRARY_PATH, in which a library for another machine is passed over."""
    other = tmp_path / "other"
    content = bytearray(HOST[FIRST].read_bytes())
    content[18] ^= 1  # e_machine
    other.write_bytes(content)
    files = {**in_directory("right", FIRST), **in_directory("usr/lib", INNER), f"wrong/{FIRST}": other}
    outcome, mapped = run(root, files, "ctypes", FIRST, "host_answer", variables={"LD_LIBRARY_PATH": "/nowhere:/wrong:/right"})
    assert (outcome, mapped) == ("42", [f"/right/{FIRST}", f"/usr/lib/{INNER}"])


def test_a_host_that_has_none(root: Path) -> None:
    reason = f"{FIRST}: this host has none for the par to use (host_libraries): install it, or set LD_LIBRARY_PATH"
    assert run(root, {}, "ctypes", FIRST, "host_answer") == (reason, [])
    assert run(root, {}, "cffi", FIRST, "host_answer")[0].startswith(reason)
    assert run(root, {}, "member", "libpartest_member.so", "member_answer") == (reason, [])
    assert run(root, {}, "dlopen", FIRST, "host_answer") == ("no handle", [])
    assert run(root, {}, "find", "partest_host", "") == ("None", [])


def test_a_library_that_needs_one_that_is_not_named(root: Path) -> None:
    files = in_directory("usr/lib", GREEDY, UNLISTED)
    reason = f"{GREEDY}: the host's /usr/lib/{GREEDY} needs {UNLISTED}, which is not in the par: add it to host_libraries too"
    assert run(root, files, "ctypes", GREEDY, "greedy_answer") == (reason, [])


@pytest.mark.parametrize("how", ["ctypes", "cffi"])
def test_a_name_that_the_target_does_not_have(root: Path, how: str) -> None:
    """Although the host has it, and says so."""
    files = in_directory("usr/lib", UNLISTED)
    outcome, mapped = run(root, files, how, UNLISTED, "inner_answer", variables={"LD_LIBRARY_PATH": "/usr/lib"})
    assert outcome.startswith(f"{UNLISTED}: not in the par, and a par of full mode takes no library from the host")
    assert mapped == []
    assert run(root, files, "dlopen", UNLISTED, "inner_answer") == ("no handle", [])
    assert run(root, files, "find", "partest_unlisted", "") == ("None", [])


def test_what_the_par_has_itself(root: Path) -> None:
    assert run(root, {}, "find", "c", "") == ("libc.so.6", [])
    assert run(root, {}, "ctypes", "libpthread.so.0", "getpid")[1] == []
    assert int(run(root, {}, "ctypes", "libc.so.6", "getpid")[0]) > 0


def test_a_path_is_the_programs_own_choice(root: Path) -> None:
    """With what lies beside it (DT_RUNPATH), and glibc from the par."""
    files = {**in_directory("plugins", FIRST), **in_directory("usr/lib", INNER)}
    outcome, mapped = run(root, files, "ctypes", f"/plugins/{FIRST}", "host_answer")
    assert (outcome, mapped) == ("42", [f"/plugins/{FIRST}", f"/usr/lib/{INNER}"])


def test_an_extension_module_from_outside(root: Path, tmp_path: Path) -> None:
    """As pip installs them beside a par: what it needs of glibc is the par's, and of its own what lies where it says."""
    flags = ["-Wl,--no-as-needed,--allow-shlib-undefined,-rpath,$ORIGIN/fruit.libs", HOST[FIRST], "-l:libdl.so.2"]
    made = extension(tmp_path / "fruit.so", "int host_answer(void);\nstatic int value(void) { return host_answer(); }", flags)
    needed = subprocess.run(["readelf", "-d", made, HOST[FIRST]], capture_output=True, text=True, check=True).stdout
    assert all(f"[{name}]" in needed for name in ("libdl.so.2", "libpthread.so.0", FIRST, INNER, "$ORIGIN/fruit.libs"))
    files = {"more/fruit.so": made, **in_directory("usr/lib", INNER, FIRST)}
    variables = {"PAR_INTERPRETER": "1", "PAR_PATH": "/more"}
    assert start(root, files, "-c", "import fruit; print(fruit.value())", variables=variables) == "42\n"


def test_a_wheel_that_brings_its_libraries(root: Path, tmp_path: Path) -> None:
    """They are found where DT_RUNPATH says, whether or not the target names them, and so is what they need of glibc."""
    library = shutil.copy(HOST[UNLISTED], tmp_path / "libfruit.so.1")
    subprocess.run([os.environ["PATCHELF"], "--set-soname", "libfruit.so.1", "--add-needed", "librt.so.1", library], check=True)
    flags = ["-Wl,--no-as-needed,-rpath,$ORIGIN/fruit.libs", library]
    made = extension(tmp_path / "fruit.so", "int inner_answer(void);\nstatic int value(void) { return inner_answer(); }", flags)
    files = {"more/fruit.so": made, "more/fruit.libs/libfruit.so.1": Path(library)}
    variables = {"PAR_INTERPRETER": "1", "PAR_PATH": "/more"}
    assert start(root, files, "-c", "import fruit; print(fruit.value())", variables=variables) == "20\n"
