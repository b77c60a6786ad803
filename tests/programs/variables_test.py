"""PAR_INTERPRETER, PAR_MODULE, PAR_PATH and PAR_SCRIPT: what they do, and that nothing is left of them."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs.starting import ENVIRONMENT, EX_USAGE, MODES, pars, report, run

INTERPRETER = {"PAR_INTERPRETER": "1"}


@pytest.fixture(params=MODES)
def par(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(pars()[f"scripts_{request.param}.par"], tmp_path / "scripts.par"))


def module(directory: Path, name: str, text: str) -> Path:
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.py").write_text(text, encoding="utf-8")
    return directory


def test_the_interpreter(par: Path, tmp_path: Path) -> None:
    script = module(tmp_path / "scripts", "script", "import guest, sys\nprint(sys.argv, sys.path[0])\n") / "script.py"
    for command, output, options in (
        (["-c", "import sys, guest; print(sys.argv, sys.flags.optimize)", "x"], "['-c', 'x'] 0\n", {}),
        (["-Oc", "import sys, guest; print(sys.argv, sys.flags.optimize)", "x"], "['-c', 'x'] 1\n", {}),
        (["-m", "guest", "x"], "__main__ ['x']\n", {}),
        ([script, "x"], f"['{script}', 'x'] {script.parent}\n", {}),
        (["-", "x"], "['-', 'x']\n", {"input": "import sys; print(sys.argv)"}),
        ([], "['']\n", {"input": "import sys; print(sys.argv[:0] + [''])"}),
    ):
        assert run([par, *command], variables=INTERPRETER, **options) == output, command


def test_the_prompt(par: Path) -> None:
    """With a terminal: it answers, with the modules of the par."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([par], env={**ENVIRONMENT, **INTERPRETER, "TERM": "dumb"}, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, b"import guest; print(guest.__name__ * 2)\nexit(3)\n")
    said = b""
    while True:
        try:
            part = os.read(ours, 1000)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        said += part
    os.close(ours)
    assert process.wait() == 3, said
    assert b">>> " in said and b"guestguest" in said


def test_the_prompt_after_a_program(par: Path) -> None:
    for code, status in (("x = 1", 0), ("x = 1; import sys; sys.exit(3)", 0), ("x = 1; 1 / 0", 0)):
        done = subprocess.run(
            [par, "-ic", code], env={**ENVIRONMENT, **INTERPRETER}, input="x + 41\n", capture_output=True, text=True, check=False
        )
        assert (done.returncode, "42" in done.stdout) == (status, True), done
        assert ("sys.exit" in code) == ("SystemExit: 3" in done.stderr)
        assert ("1 / 0" in code) == ("ZeroDivisionError" in done.stderr)
        assert "sys.exit" in code or "_rules_par" not in done.stderr


def test_the_interpreter_of_a_par_that_cannot_be_started_by_path(tmp_path: Path) -> None:
    """`python app.par`, in system mode: also with options for the start of Python, and then with the directories."""
    par = Path(shutil.copy(pars()["scripts_system.par"], tmp_path))
    par.chmod(0o644)
    code = "import guest, sys; print(sys.flags.optimize, sys.path[-1])"
    variables = {**INTERPRETER, "PAR_PATH": "/usr/share"}
    assert run([sys.executable, par, "-Oc", code], variables=variables) == "1 /usr/share\n"


def test_the_interpreter_is_sys_executable(par: Path) -> None:
    code = "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'import guest; print(1)'], text=True))"
    assert run([par, "-c", code], variables=INTERPRETER) == "1\n\n"


@pytest.mark.parametrize("value", ["", "0"])
def test_switched_off(par: Path, value: str) -> None:
    assert run([par], variables={"PAR_INTERPRETER": value, "PAR_MODULE": "", "PAR_SCRIPT": "answer"}) == "42\n"


def test_a_module(par: Path) -> None:
    assert run([par, "-c", "x"], variables={"PAR_MODULE": "guest"}) == "__main__ ['-c', 'x']\n"
    assert run([par], variables={"PAR_MODULE": "json.tool"}, input='{"a":1}') == '{\n    "a": 1\n}\n'


def test_a_function_of_a_module(par: Path) -> None:
    assert run([par, "x"], variables={"PAR_MODULE": "guest:main"}) == "guest ['x']\n"
    run([par], status=7, variables={"PAR_MODULE": "guest.cli:App.run"})
    run([par], status=1, errors="a message for sys.exit\n", variables={"PAR_MODULE": "tests.programs.commands:fail"})
    expected = "spawn True\nforkserver True\n"
    assert run([par, "spawn", "forkserver"], variables={"PAR_MODULE": "tests.programs.commands:workers"}) == expected


@pytest.mark.parametrize(
    "variables, said",
    [
        ({"PAR_MODULE": "nowhere"}, "PAR_MODULE=nowhere: there is no module nowhere in the par or its Python: correct the name"),
        ({"PAR_MODULE": "json.nope:x"}, "PAR_MODULE=json.nope:x: there is no module json.nope in the par or its Python: correct the name"),
        ({"PAR_MODULE": "a b"}, "PAR_MODULE=a b: is neither a module (pkg.mod) nor a function of one (pkg.mod:func)"),
        ({"PAR_MODULE": ":main"}, "PAR_MODULE=:main: is neither a module (pkg.mod) nor a function of one (pkg.mod:func)"),
        (
            {"PAR_MODULE": "guest", "PAR_SCRIPT": "guest"},
            "PAR_MODULE and PAR_SCRIPT are set, and each chooses what to run: set one of them",
        ),
        (
            {"PAR_INTERPRETER": "1", "PAR_SCRIPT": "guest"},
            "PAR_INTERPRETER and PAR_SCRIPT are set, and each chooses what to run: set one of them",
        ),
    ],
)
def test_refusals(par: Path, variables: "dict[str, str]", said: str) -> None:
    run([par], status=EX_USAGE, errors=f"{par}: {said}\n", variables=variables)


def test_a_directory_with_further_modules(par: Path, tmp_path: Path) -> None:
    """After everything that the par has; for programs, modules and the interpreter, whatever its options."""
    first = module(tmp_path / "first", "further", "def main(): print('further', __file__)\n")
    second = module(tmp_path / "second", "guest", "raise SystemExit('not the one of the par')")
    (second / "more.pth").write_text(str(module(tmp_path / "third", "third", "print('third')\n")), encoding="utf-8")
    paths = {"PAR_PATH": f"{first}::{second}"}
    assert run([par], variables={**paths, "PAR_MODULE": "further:main"}) == f"further {first}/further.py\n"
    assert run([par], variables={**paths, "PAR_MODULE": "third"}) == "third\n"
    assert run([par], variables={**paths, "PAR_SCRIPT": "guest"}) == "guest []\n"
    for option in ("-c", "-Oc", "-Ic"):
        output = run([par, option, "import further; further.main()"], variables={**paths, **INTERPRETER})
        assert output == f"further {first}/further.py\n"
    facts = report([par], variables={**paths, "PAR_SCRIPT": "report"})
    assert facts["path"][-3:] == [str(first), str(second), str(tmp_path / "third")]


def test_pythonpath_is_for_the_interpreter(par: Path, tmp_path: Path) -> None:
    """Before the modules of the par, as elsewhere before site-packages, and with a sitecustomize; unless -I says no."""
    directory = module(tmp_path / "mine", "guest", "print('mine')\n")
    module(directory, "sitecustomize", "import sys\nsys.customized = True\n")
    code = "import guest, sys; print(getattr(sys, 'customized', False))"
    variables = {"PYTHONPATH": str(directory), "PYTHONDONTWRITEBYTECODE": "1"}
    assert run([par, "-c", code], variables={**variables, **INTERPRETER}) == "mine\nTrue\n"
    assert run([par, "-Ic", code], variables={**variables, **INTERPRETER}) == "False\n"
    assert run([par], variables={**variables, "PAR_SCRIPT": "guest"}) == "guest []\n"


def test_nothing_is_left_in_the_environment(par: Path) -> None:
    """Of the program, of its children, and, where the process is the par's own, of what the kernel shows."""
    variables = {"A": "of the user", "PAR_SCRIPT": "report", "PAR_PATH": "/nowhere", "PAR_INTERPRETER": "", "PAR_OF_THE_USER": "x", "Z": "z"}
    facts = report([par], variables=variables)
    kept = {**ENVIRONMENT, "A": "of the user", "PAR_OF_THE_USER": "x", "Z": "z"}
    lines = [f"{name}={value}" for name, value in kept.items()]
    assert facts["environ"] == sorted(kept)
    assert sorted(set(facts["child_environ"]) - set(lines)) in ([], ["PWD=" + os.getcwd()], ["PWD=" + os.getcwd(), "_=/usr/bin/env"])
    if not par.read_bytes().startswith(b"#!"):
        assert [line for line in facts["kernel_environ"] if line] == lines


def test_sys_executable_does_not_depend_on_the_environment(par: Path) -> None:
    """Whatever a program has put there for others."""
    executable = report([par], variables={"PAR_SCRIPT": "report"})["executable"]
    code = "import json, os; print(json.dumps(sorted(os.environ)))"
    variables = {"PAR_SCRIPT": "answer", "PAR_MODULE": "guest"}
    assert json.loads(run([executable, "-c", code], variables=variables)) == sorted(ENVIRONMENT)


def test_where_packages_are(par: Path) -> None:
    code = "import guest, os, site; print(os.path.dirname(os.path.dirname(guest.__file__)) in site.getsitepackages())"
    assert run([par, "-c", code], variables=INTERPRETER) == "True\n"


def test_a_virtual_environment(par: Path, tmp_path: Path) -> None:
    """Its Python would be a link to the par, which is a program; in system mode it is the host's."""
    command = [par, "-m", "venv", "--without-pip", tmp_path / "venv"]
    if par.read_bytes().startswith(b"#!"):
        run(command, variables=INTERPRETER)
        assert run([tmp_path / "venv/bin/python", "-c", "print(1)"]) == "1\n"
    else:
        said = "a par cannot be the Python of a virtual environment: install with pip install --target DIR, and use it with PAR_PATH=DIR"
        run(command, status=1, errors=f"{par}: {said}\n", variables=INTERPRETER)
        assert not (tmp_path / "venv").exists()
