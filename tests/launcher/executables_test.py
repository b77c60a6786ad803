"""Programs that lie in a par run as they do from a directory that has the same files; scripts in Python know the par."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.objects import program
from tests.launcher.programs import make_par, run

SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **arguments) {
  char directory[4096] = "";
  for (int i = 1; i < count; i++) printf("%s ", arguments[i]);
  printf("WORD=%s %s\n", getenv("WORD") ? getenv("WORD") : "", getcwd(directory, sizeof directory));
  return count;
}
"""
FILES = {
    "_main/pkg/__init__.py": "",
    "_main/pkg/text.txt": "text",
    "_main/pkg/bin/script": '#!/bin/sh\necho "script $1 $WORD"\nexit 3\n',
    "_main/pkg/bin/other": "#!/usr/bin/env -S sh -e\nfalse\necho not reached\n",
}

# Each expression is evaluated with `root` as a directory of the par, and as the same directory on disk.
EXPRESSIONS = {
    "run": "status(subprocess.run([f'{root}/bin/program', 'a', 'b c'], stdout=-1))",
    "run a script": "status(subprocess.run([f'{root}/bin/script', 'x'], stdout=-1))",
    "run a script with an option": "status(subprocess.run([f'{root}/bin/other'], stdout=-1))",
    "again": "[subprocess.run([f'{root}/bin/{name}'], stdout=-1).returncode for name in ('program', 'script') * 3]",
    "environment": "status(subprocess.run([f'{root}/bin/program'], stdout=-1, env={'WORD': 'w'}))",
    "directory": "status(subprocess.run([f'{root}/bin/program'], stdout=-1, cwd='/etc'))",
    "executable": "status(subprocess.run(['other name', 'x'], executable=f'{root}/bin/program', stdout=-1))",
    "path object": "status(subprocess.run([pathlib.Path(root, 'bin', 'program')], stdout=-1))",
    "bytes": "status(subprocess.run([os.fsencode(root) + b'/bin/program', b'x'], stdout=-1))",
    "descriptors stay open": "status(subprocess.run([f'{root}/bin/script', 'x'], stdout=-1, close_fds=False))",
    "passed descriptor": "status(subprocess.run([f'{root}/bin/script', 'x'], stdout=-1, pass_fds=[os.open('/etc', 0)]))",
    "function before": "status(subprocess.run([f'{root}/bin/program'], stdout=-1, preexec_fn=lambda: os.environ.clear()))",
    "new session": "status(subprocess.run([f'{root}/bin/program'], stdout=-1, start_new_session=True))",
    "text": "subprocess.run([f'{root}/text.txt'])",
    "directory as program": "subprocess.run([f'{root}/bin'])",
    "missing": "subprocess.run([f'{root}/none'])",
    "below a program": "subprocess.run([f'{root}/bin/program/none'])",
    "missing directory": "subprocess.run(['/bin/true'], cwd='/none')",
    "through PATH": "status(subprocess.run(['program', 'x'], stdout=-1, env={'PATH': f'/none:{root}:{root}/bin:/bin', 'WORD': 'w'}))",
    "not in PATH": "subprocess.run(['nowhere'], env={'PATH': f'{root}/bin:/bin'})",
    "outside with PATH": "subprocess.run(['true'], env={'PATH': f'{root}:{root}/bin:/bin'}).returncode",
    "which": "shutil.which('program', path=f'{root}:{root}/bin'), shutil.which('text.txt', path=root)",
    "after all was closed": "subprocess.run([f'{root}/bin/program']) and os.closerange(3, 2000) or status(subprocess.run([f'{root}/bin/program', 'x'], stdout=-1))",
    "threads": "[t.result() for t in [pool.submit(lambda n: subprocess.run([f'{root}/bin/program'] + ['x'] * n, stdout=-1).returncode, n) for n in range(9)]]",
    "asyncio": "asyncio.run(awaited(f'{root}/bin/program', 'x'))",
    "execv": "child(lambda: os.execv(f'{root}/bin/program', ['name', 'x']))",
    "execv of a script": "child(lambda: os.execv(f'{root}/bin/script', ['name', 'x']))",
    "execve": "child(lambda: os.execve(f'{root}/bin/program', ['name'], {'WORD': 'w'}))",
    "execve of a script": "child(lambda: os.execve(f'{root}/bin/script', ('name', 'x'), {'WORD': 'w'}))",
    "execl": "child(lambda: os.execl(f'{root}/bin/program', 'name', 'x'))",
    "execvp": "child(lambda: os.environ.update(PATH=f'/none:{root}/bin') or os.execvp('program', ['name', 'x']))",
    "execv of text": "os.execv(f'{root}/text.txt', ['x'])",
    "execv of a directory": "os.execv(f'{root}/bin', ['x'])",
    "execv of nothing": "os.execv(f'{root}/none', ['x'])",
    "execv without arguments": "os.execv(f'{root}/bin/program', [])",
    "execve with a bad environment": "os.execve(f'{root}/bin/program', ['x'], {'a=': 'b'})",
    "spawnv": "os.spawnv(os.P_WAIT, f'{root}/bin/program', ['name', 'x', 'y'])",
    "spawnve": "os.spawnve(os.P_WAIT, f'{root}/bin/script', ['name', 'x'], {'PATH': '/bin'})",
    "posix_spawn": "waited(os.posix_spawn(f'{root}/bin/program', ['name', 'x'], os.environ))",
    "posix_spawn of a script": "waited(os.posix_spawn(f'{root}/bin/script', ['name', 'x'], os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, 2)]))",
    "posix_spawn with options": "waited(os.posix_spawn(f'{root}/bin/program', ['name', 'x'], {}, setsigmask=[1], file_actions=None))",
    "posix_spawnp": "waited(os.posix_spawnp(f'{root}/bin/program', ['name', 'x'], {}))",
    "posix_spawn of text": "os.posix_spawn(f'{root}/text.txt', ['x'], {})",
    "posix_spawn of nothing": "os.posix_spawn(f'{root}/none', ['x'], {})",
    "multiprocessing": "multiprocessing.util.spawnv_passfds(os.fsencode(f'{root}/bin/program'), ['name'], []) > 0 and os.wait()[1]",
}

MAIN = """
import asyncio, concurrent.futures, json, multiprocessing.util, os, pathlib, shutil, subprocess, sys

pool = concurrent.futures.ThreadPoolExecutor(4)

def status(done):
    return done.returncode, done.stdout

def waited(process):
    return os.waitpid(process, 0)[1]

async def awaited(*command):
    process = await asyncio.create_subprocess_exec(*command, stdout=-1)
    return (await process.communicate())[0], process.returncode

def child(function):
    read, write = os.pipe()
    process = os.fork()
    if not process:
        try:
            os.dup2(write, 1)
            function()
        finally:
            os._exit(99)
    os.close(write)
    return os.fdopen(read).read(), waited(process)

root = os.path.dirname(__file__) + "/pkg"
answers = {}
for name, expression in json.loads(sys.argv[1]).items():
    try:
        value = eval(expression)
    except Exception as error:
        value = type(error).__name__, getattr(error, "errno", None), os.fsdecode(getattr(error, "filename", None) or "")
    answers[name] = repr(value).replace(root, "ROOT")
pathlib.Path(sys.argv[2]).write_text(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> "tuple[dict[str, str], dict[str, str]]":
    """In the par, and in the directory that it was made from."""
    directory = tmp_path_factory.mktemp("executables")
    binary = program(directory / "program", source=SOURCE)
    app = make_par(directory / "app.par", {"_main/main.py": MAIN, "_main/pkg/bin/program": binary, **FILES})
    (disk,) = directory.glob("*-sources")
    binary.rename(disk / "_main/pkg/bin/program")
    for script in ("script", "other"):
        (disk / "_main/pkg/bin" / script).chmod(0o755)
    both = []
    for number, command in enumerate(([app], [sys.executable, disk / "_main/main.py"])):
        result = directory / f"answers-{number}"
        run([*command, json.dumps(EXPRESSIONS), result], stdin=subprocess.DEVNULL)
        both.append(json.loads(result.read_text()))
    return both[0], both[1]


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_runs_as_from_disk(answers: "tuple[dict[str, str], dict[str, str]]", name: str) -> None:
    inside, outside = answers
    assert inside[name] == outside[name]


PYTHON_SCRIPT = "import os, sys\nfrom pkg import WORD\nprint(WORD, sys.argv[1:], sys.flags.dont_write_bytecode, sys.executable == os.environ['EXPECTED'])\n"
# What the first line may be, and whether it has -B.
FIRST_LINES = {
    "#!/usr/bin/python3": 0,
    "#!/usr/bin/env python3": 0,
    "#!/nowhere/python3.11 -B": 1,
    "#!/usr/bin/env -S python3 -B": 1,
    "#! /nowhere/bin/python": 0,
}


@pytest.mark.parametrize("first_line", FIRST_LINES)
@pytest.mark.parametrize("how", ["subprocess.run({command}, check=True)", "os.waitpid(os.posix_spawn(path, {command}, os.environ), 0)", "os.execv(path, {command})"])
def test_a_script_in_python_knows_the_par(tmp_path: Path, first_line: str, how: str) -> None:
    main = f"""
import os, subprocess, sys
os.environ["EXPECTED"] = sys.executable
path = os.path.dirname(__file__) + "/pkg/bin/tool"
{how.format(command='[path, "x y"]')}
"""
    files = {"_main/pkg/__init__.py": "WORD = 'known'", "_main/pkg/bin/tool": f"{first_line}\n{PYTHON_SCRIPT}"}
    app = make_par(tmp_path / "app.par", {"_main/main.py": main, **files})
    assert run([app]).stdout == f"known ['x y'] {FIRST_LINES[first_line]} True\n"


def test_a_script_is_read_when_its_par_has_ended(tmp_path: Path) -> None:
    """The shell opens the script after the program that started it has gone: the pipe tells when."""
    main = """
import os, subprocess, sys
path = os.path.dirname(__file__) + "/tool"
read, write = os.pipe()
subprocess.Popen([path], stdin=read, pass_fds=[read])
os._exit(0)
"""
    files = {"_main/main.py": main, "_main/tool": "#!/bin/sh\ncat\necho done\n"}
    assert run([make_par(tmp_path / "app.par", files)]).stdout == "done\n"


def test_nothing_of_a_program_is_on_a_file_system(tmp_path: Path) -> None:
    binary = program(tmp_path / "program", source='#include <unistd.h>\nint main(void) { char path[99]; return readlink("/proc/self/exe", path, 99) > 7 && path[1] == \'m\' ? 7 : 1; }')
    main = 'import os, subprocess\nprint(subprocess.run([os.path.dirname(__file__) + "/program"]).returncode, os.listdir())'
    (tmp_path / "empty").mkdir()
    done = run([make_par(tmp_path / "app.par", {"_main/main.py": main, "_main/program": binary})], cwd=tmp_path / "empty")
    assert done.stdout == "7 []\n"
