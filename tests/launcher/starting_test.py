"""A par runs wherever it lies, whatever it is called and however it is started."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import ENVIRONMENT, make_par, run

MAIN = """
import os, sys
import helper
with open(os.path.join(os.path.dirname(__file__), "data.txt")) as file:
    assert file.read() == "data"
def later():
    import late
    return late.VALUE
if "later" in sys.argv:
    print("ready", flush=True)
    sys.stdin.readline()
    print(later())
if "quiet" not in sys.argv:
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(helper.__file__))
"""
FILES = {"_main/main.py": MAIN, "_main/helper.py": "", "_main/data.txt": "data", "_main/late.py": "VALUE = 'late'\n"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_par(tmp_path_factory.mktemp("built") / "app.par", FILES)


@pytest.fixture
def app(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(built, tmp_path / "app.par"))


def helper_of(command: "list[str | bytes | os.PathLike]", **options: object) -> bytes:
    """Where the started par says that its module is."""
    done = subprocess.run(command, **{"env": ENVIRONMENT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "check": False, **options})
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


NAMES = [b"app", b"a b.par", b"new\nline.par", b"caf\xe9.par", "ünï.par".encode(), b"-c", b"app.zip", b"app.py", b"it's.par", b"%s.par", b"~.par", b"app.par.bak"]


@pytest.mark.parametrize("name", NAMES)
def test_runs_under_any_name(app: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(app.parent), name)
    os.rename(app, path)
    assert helper_of([path]) == path + b"/_main/helper.py"
    assert helper_of([sys.executable, path]) == path + b"/_main/helper.py"


@pytest.mark.parametrize("name", NAMES)
def test_runs_in_any_directory(app: Path, name: bytes) -> None:
    directory = os.path.join(os.fsencode(app.parent), name + b".d")
    os.mkdir(directory)
    path = os.path.join(directory, b"app.par")
    os.rename(app, path)
    assert helper_of([path]) == path + b"/_main/helper.py"


def test_relative_paths(app: Path) -> None:
    helper = os.fsencode(app) + b"/_main/helper.py"
    assert helper_of(["./app.par"], cwd=app.parent) == helper
    assert helper_of([sys.executable, "app.par"], cwd=app.parent) == helper
    assert helper_of([sys.executable, "./../" + app.parent.name + "//app.par"], cwd=app.parent) == helper


def test_found_through_path(app: Path) -> None:
    assert helper_of(["app.par"], env={**ENVIRONMENT, "PATH": f"{app.parent}:{ENVIRONMENT['PATH']}"}) == os.fsencode(app) + b"/_main/helper.py"


def test_links(app: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    symbolic, hard, directory = tmp_path / "bin/tool", tmp_path / "bin/hard", tmp_path / "there"
    symbolic.symlink_to("../app.par")
    os.link(app, hard)
    directory.symlink_to(tmp_path)
    for path in (symbolic, hard, directory / "app.par"):
        assert helper_of([path]) == os.fsencode(path) + b"/_main/helper.py"


def test_by_descriptor(app: Path) -> None:
    with app.open("rb") as file:
        for path in (f"/proc/self/fd/{file.fileno()}", f"/dev/fd/{file.fileno()}"):
            assert helper_of([sys.executable, path], pass_fds=[file.fileno()]) == os.fsencode(path) + b"/_main/helper.py"


def test_an_unlinked_par_by_descriptor(app: Path) -> None:
    with app.open("rb") as file:
        app.unlink()
        path = f"/proc/self/fd/{file.fileno()}"
        assert helper_of([sys.executable, path], pass_fds=[file.fileno()]) == os.fsencode(path) + b"/_main/helper.py"


def test_directories_named_like_pars_beside_it(app: Path) -> None:
    (app.parent / "app.par.d").mkdir()
    (app.parent / "app").mkdir()
    (app.parent / "_main").mkdir()
    (app.parent / "_main" / "helper.py").write_text("raise SystemExit('the wrong module')")
    (app.parent / "_rules_par").mkdir()
    (app.parent / "_rules_par" / "__init__.py").write_text("raise SystemExit('the wrong launcher')")
    (app.parent / "helper.py").write_text("raise SystemExit('the wrong module')")
    assert helper_of(["./app.par"], cwd=app.parent) == os.fsencode(app) + b"/_main/helper.py"


def test_modules_of_the_directory_it_is_started_in_are_not_imported(app: Path, tmp_path: Path) -> None:
    for name in ("marshal", "posixpath", "fcntl", "argparse", "stat", "helper", "late", "os", "io"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a module of the current directory')")
    assert helper_of([app], cwd=tmp_path, env=ENVIRONMENT) == os.fsencode(app) + b"/_main/helper.py"


def test_a_program_may_have_modules_with_names_that_the_launcher_imports(tmp_path: Path) -> None:
    names = ("archive", "launcher", "files", "native", "memory", "importer", "errors", "libraries", "program")
    files = {"_main/main.py": f"import {', '.join(names)}\nprint(all(m.MINE for m in ({', '.join(names)})))"}
    files |= {f"_main/{name}.py": "MINE = True" for name in names}
    assert run(make_par(tmp_path / "app.par", files)).stdout == "True\n"


def test_read_only_and_not_executable(app: Path) -> None:
    app.chmod(0o444)
    assert helper_of([sys.executable, app]) == os.fsencode(app) + b"/_main/helper.py"


def test_the_current_directory_is_gone(app: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f'rmdir "{gone}"; exec "{app}"'
    assert helper_of(["sh", "-c", command], cwd=gone) == os.fsencode(app) + b"/_main/helper.py"


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_closed_standard_streams(app: Path, closed: "list[int]") -> None:
    redirect = " ".join(f"{number}>&-" for number in closed)
    done = subprocess.run(["sh", "-c", f'"{app}" quiet {redirect}'], env=ENVIRONMENT, check=False)
    assert done.returncode == 0


def test_few_descriptors(app: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))

    assert helper_of([app], preexec_fn=limit) == os.fsencode(app) + b"/_main/helper.py"


def test_any_umask(app: Path) -> None:
    assert helper_of([app], preexec_fn=lambda: os.umask(0o777)) == os.fsencode(app) + b"/_main/helper.py"


def test_python_variables(app: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "helper.py").write_text("raise SystemExit('the module of PYTHONPATH')")
    environment = {**ENVIRONMENT, "PYTHONPATH": str(tmp_path / "other"), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONOPTIMIZE": "1"}
    assert helper_of([app], env=environment) == os.fsencode(app) + b"/_main/helper.py"


class Running:
    """A par that waits, in the middle of its main."""

    def __init__(self, command: "list[str | Path]", **options: object):
        self.process = subprocess.Popen([*command, "later"], env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        assert self.process.stdout.readline() == b"ready\n"

    def go_on(self) -> "tuple[int, bytes, bytes]":
        output, errors = self.process.communicate(b"\n")
        return self.process.returncode, output, errors


def test_goes_on_when_the_par_is_removed_moved_or_replaced(app: Path, tmp_path: Path) -> None:
    changes = [app.unlink, lambda: app.rename(tmp_path / "moved"), lambda: os.replace(Path(shutil.copy("/bin/sh", tmp_path / "new")), app)]
    kept = shutil.copy(app, tmp_path / "kept")
    for change in changes:
        shutil.copy(kept, app)
        running = Running([app])
        change()
        status, output, errors = running.go_on()
        assert (status, output, errors) == (0, b"late\n" + os.fsencode(app) + b"/_main/helper.py", b"")


def test_goes_on_after_chdir_when_started_by_a_relative_path(tmp_path: Path) -> None:
    source = "import os, sys\nos.chdir('/')\nimport late\nprint(late.__file__, open(os.path.dirname(__file__) + '/data.txt').read())"
    app = make_par(tmp_path / "app.par", {**FILES, "_main/main.py": source})
    assert run(["./app.par"], cwd=tmp_path).stdout == f"{app}/_main/late.py data\n"


def test_a_par_cut_short_while_it_runs_is_an_error_not_a_crash(app: Path) -> None:
    running = Running([app])
    os.truncate(app, 5000)
    status, output, errors = running.go_on()
    assert status == 1, (output, errors)
    assert b"changed while it ran" in errors.splitlines()[-1]


def test_a_daemon_that_closes_every_descriptor_still_imports(tmp_path: Path) -> None:
    source = """
import os
os.closerange(3, 1000)
import late
assert late.VALUE == "late"
os.closerange(3, 1000)
replaced = [os.open("/dev/null", os.O_RDWR) for _ in range(20)]
import other
print(open(os.path.dirname(__file__) + "/data.txt").read(), other.VALUE)
assert all(os.read(number, 10) == b"" for number in replaced)
"""
    app = make_par(tmp_path / "app.par", {**FILES, "_main/main.py": source, "_main/other.py": "VALUE = 'other'\n"})
    assert run([app]).stdout == "data other\n"


def test_another_par_under_the_path_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """After its descriptor is closed, the par can only be found by path: what lies there must be the same file."""
    source = "import os, sys\nos.closerange(3, 1000)\nos.replace(sys.argv[1], sys.argv[0])\nimport late\nprint(late.VALUE)"
    app = make_par(tmp_path / "app.par", {**FILES, "_main/main.py": source})
    other = make_par(tmp_path / "other.par", {**FILES, "_main/main.py": "", "_main/a.py": "x = 1" * 500, "_main/late.py": "VALUE = 'of the other'\n"})
    done = subprocess.run([app, other], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "replaced" in done.stderr.splitlines()[-1]
