"""A par ends, fails and prints as the same script does, and leaves its process as it was."""

import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.launcher.programs import ENVIRONMENT, make_par, run, run_main, write_tree

ENDINGS = {
    "returns": "print('done')",
    "exit 3": "import sys; sys.exit(3)",
    "exit none": "import sys; sys.exit()",
    "exit false": "import sys; sys.exit(False)",
    "exit text": "import sys; sys.exit('a reason')",
    "exit 256": "import sys; sys.exit(256)",
    "exit in the middle": "raise SystemExit(7)",
    "os._exit": "import os; os._exit(9)",
    "quit": "exit(4)",
    "exception": "def f():\n    return {}['missing key']\nprint('before')\nf()",
    "exception with cause": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('second') from error",
    "exception in context": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('second')",
    "exception of its own": "class Special(Exception):\n    pass\nraise Special('x')",
    "base exception": "class Stop(BaseException):\n    pass\nraise Stop('x')",
    "generator exit": "raise GeneratorExit",
    "recursion": "import sys\nsys.setrecursionlimit(60)\ndef f():\n    f()\ntry:\n    f()\nexcept RecursionError:\n    print('caught')",
    "syntax error on import": "try:\n    import broken\nexcept SyntaxError as error:\n    print(error, error.text)",
    "excepthook": "import sys\nsys.excepthook = lambda kind, value, trace: print('hooked', kind.__name__, trace.tb_lineno)\n1 / 0",
    "excepthook that exits": "import sys\nsys.excepthook = lambda *_: sys.exit(5)\n1 / 0",
    "atexit": "import atexit\natexit.register(print, 'at exit')\n1 / 0",
    "atexit sees the modules": "import atexit, sys\natexit.register(lambda: print('helper' in sys.modules, WHO))\nimport helper\nWHO = 'main'",
    "sys.last_value": "import atexit, sys\natexit.register(lambda: print(repr(sys.last_value), sys.last_traceback.tb_lineno))\n1 / 0",
    "threads are waited for": "import threading\nthreading.Thread(target=print, args=('thread',)).start()\nprint('main')",
    "thread exception": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='T')\nt.start()\nt.join()",
    "unraisable": "class C:\n    def __del__(self):\n        1 / 0\nC()",
    "finalizer at exit": "class C:\n    def __del__(self):\n        print('gone')\nc = C()",
    "warning": "import warnings\nwarnings.warn('careful')",
    "sigterm": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "abort": "import os, resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\nos.abort()",
    "keyboard interrupt": "raise KeyboardInterrupt",
    "sigint": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True:\n    pass",
    "sigint handled": "import os, signal, sys\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(12))\nos.kill(os.getpid(), signal.SIGINT)\nwhile True:\n    pass",
    "main names": "print(sorted(n for n in globals() if n not in ('__cached__', '__annotations__', '__conditional_annotations__')), __name__, __doc__, __builtins__.__name__)",
    "main is in sys.modules": "import sys\nX = 1\nprint(sys.modules['__main__'].X, sys.modules['__main__'].__dict__ is globals())",
    "doc": "'''Documentation.'''\nprint(__doc__)",
    "name of main": "print(__name__, __package__)",
    "annotations": "x: int = 3\nprint(__annotations__ if hasattr(__builtins__, 'x') else x)",
    "future": "from __future__ import annotations\nprint('ok')",
    "inspect main": "import inspect, sys\ndef f():\n    return 1\nprint(inspect.getsource(f), inspect.getsource(sys.modules['__main__'])[:20])",
    "pickle main": "import pickle\nclass C:\n    pass\nprint(pickle.loads(pickle.dumps(C)) is C)",
    "argparse": "import argparse\nargparse.ArgumentParser().parse_args(['--what'])",
    "getopt": "import getopt\ngetopt.getopt(['--what'], '')",
    "input": "print(repr(input('> ')))",
    "logging": "import logging\nlogging.warning('careful')\nlogging.basicConfig(format='%(module)s %(lineno)d %(funcName)s')\nlogging.getLogger('x').error('e')",
    "stack in warnings": "import helper\nhelper.warn()",
    "caller's module": "import helper\nprint(helper.caller())",
    "asyncio": "import asyncio\nasync def main():\n    raise SystemExit(6)\nasyncio.run(main())",
    "multiprocessing fork": "import multiprocessing as m\nq = m.get_context('fork').Pool(2)\nprint(q.map(abs, [-1, -2]))\nq.close()\nq.join()",
}

HELPER = """
import inspect, sys, warnings

def warn():
    warnings.warn("from the caller", stacklevel=2)

def caller():
    frame = inspect.stack()[1]
    return frame.function, frame.lineno, frame.code_context, inspect.getmodule(frame[0]).__name__
"""
FILES = {"_main/helper.py": HELPER, "_main/broken.py": "def f(:\n"}


def ending_of(command: Sequence["str | Path"], top: Path) -> "tuple[int, str, str]":
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, input="line\n", check=False)
    # A par names itself where a script does: in messages of argparse.
    plain = [re.sub("0x[0-9a-f]+", "0x", text.replace(str(top), "TOP").replace("app.par", "main.py")) for text in (done.stdout, done.stderr)]
    return done.returncode, *plain


@pytest.mark.parametrize("name", ENDINGS)
def test_ends_as_the_script_does(tmp_path: Path, name: str) -> None:
    files = {"_main/main.py": ENDINGS[name], **FILES}
    app = make_par(tmp_path / "app.par", files)
    disk = write_tree(tmp_path / "disk", files)["_main/main.py"]
    inside, outside = ending_of([app], app), ending_of([sys.executable, "-B", disk], disk.parent.parent)
    assert inside == outside


def test_keyboard_interrupt_kills_by_sigint(tmp_path: Path) -> None:
    run_main(tmp_path, "raise KeyboardInterrupt", status=-signal.SIGINT)


def test_the_traceback_of_an_exception_begins_in_main(tmp_path: Path) -> None:
    done = run_main(tmp_path, "import helper\nhelper.f()\n", {"_main/helper.py": "def f():\n    raise ValueError('text')\n"}, status=1)
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert [line.split(",")[0].strip() for line in lines if "File" in line] == [
        f'File "{tmp_path}/app.par/_main/main.py"',
        f'File "{tmp_path}/app.par/_main/helper.py"',
    ]
    assert lines[-1] == "ValueError: text"


def test_a_syntax_error_in_main_is_reported_as_one(tmp_path: Path) -> None:
    done = run_main(tmp_path, "def f(:\n", status=1)
    assert "SyntaxError" in done.stderr
    assert "_rules_par" not in done.stderr, done.stderr


def test_the_environment_is_what_the_user_had(tmp_path: Path) -> None:
    app = make_par(tmp_path / "app.par", {"_main/main.py": "import os, subprocess\nprint(os.environb)\nsubprocess.run(['env', '-0'])"})
    script = tmp_path / "script.py"
    script.write_text("import os, subprocess\nprint(os.environb)\nsubprocess.run(['env', '-0'])")
    assert run([app]).stdout == run([sys.executable, script]).stdout


def test_the_par_is_the_only_file_left_open(tmp_path: Path) -> None:
    source = """
import os
for number in os.listdir("/proc/self/fd"):
    try:
        print(number if int(number) < 3 else os.readlink(f"/proc/self/fd/{number}"))
    except FileNotFoundError:
        pass  # that of the listing
"""
    assert run_main(tmp_path, source).stdout.split() == ["0", "1", "2", f"{tmp_path}/app.par"]


def test_a_missing_file_is_reported_without_the_innards_of_the_launcher(tmp_path: Path) -> None:
    source = "try:\n    {}['key']\nexcept KeyError:\n    open('/none')"
    lines = run_main(tmp_path, source, status=1).stderr.splitlines()
    assert sum("File" in line and "_rules_par" in line for line in lines) <= 1
    assert "During handling of the above exception, another exception occurred:" in lines
    assert sum(line.startswith("Traceback") for line in lines) == 2


def test_children_inherit_no_descriptor(tmp_path: Path) -> None:
    source = "import os, subprocess\nsubprocess.run(['ls', '/proc/self/fd'], close_fds=False)"
    assert run_main(tmp_path, source).stdout.split() == ["0", "1", "2", "3"]


def test_arguments_arrive_as_they_are(tmp_path: Path) -> None:
    app = make_par(tmp_path / "app.par", {"_main/main.py": "import sys\nprint([arg.encode('utf-8', 'surrogateescape') for arg in sys.argv[1:]])"})
    arguments = ["-c", "--", "", "a b", "-m", "*", "\n", "ü", "-X", "--help"]
    done = run([app, *arguments, b"\xff\xfe"])
    assert eval(done.stdout) == [*(each.encode() for each in arguments), b"\xff\xfe"]


@pytest.mark.parametrize("options", [["-I"], ["-S"], ["-O"], ["-OO"], ["-E"], ["-s"], ["-B"], ["-u"], ["-Wd"], ["-X", "importtime"], ["-bb"], ["-Werror"], ["-X", "dev"], ["-X", "utf8=0"], ["-i"], ["-q"], *([["-P"]] if sys.version_info >= (3, 11) else [])])
def test_runs_with_options_of_the_interpreter(tmp_path: Path, options: "list[str]") -> None:
    source = "import helper, sys\nassert 'helper' in sys.modules\nprint('ran', sys.flags.optimize, __debug__)"
    app = make_par(tmp_path / "app.par", {"_main/main.py": source, "_main/helper.py": "'''Doc.'''\n"})
    done = run([sys.executable, *options, app], input="")
    level = {"-O": 1, "-OO": 2}.get(options[0], 0)
    assert done.stdout.strip() == f"ran {level} {not level}"
    if options not in (["-X", "importtime"], ["-i"], ["-X", "dev"]):
        assert done.stderr == ""


def test_optimization_holds_for_modules_of_the_par(tmp_path: Path) -> None:
    files = {"_main/main.py": "import helper\nprint(helper.__doc__, helper.f())", "_main/helper.py": "'''Doc.'''\ndef f():\n    assert False\n    return 1\n"}
    app = make_par(tmp_path / "app.par", files)
    assert run([sys.executable, "-OO", app]).stdout == "None 1\n"
    assert "AssertionError" in run([app], status=1).stderr
