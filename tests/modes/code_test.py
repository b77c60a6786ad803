"""Code in a par that has its own Python: since 3.12 it is deep-frozen, and does what code does that was unmarshalled."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.modes.running import ENVIRONMENT, PARS, executable

IS_FROZEN = tuple(map(int, os.environ["VERSION"].split("."))) >= (3, 12)
# `codes()`: (name, loader, its code) of each module of the standard library.
BEGIN = """
import os, pkgutil, sys
CODE = type((lambda: None).__code__)

def modules(directory, prefix=""):
    for finder, name, is_package in pkgutil.iter_modules([directory]):
        loader = finder.find_spec(prefix + name).loader
        if hasattr(loader, "get_source") and loader.get_source(prefix + name) is not None:
            yield prefix + name, loader
        if is_package:
            yield from modules(f"{directory}/{name}", prefix + name + ".")

def codes():
    for name, loader in modules(os.path.dirname(os.__file__)):
        yield name, loader, loader.get_code(name)

def all_of(value):
    yield value
    if isinstance(value, CODE):
        for each in (value.co_consts, value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars, value.co_name):
            yield from all_of(each)
    elif isinstance(value, (tuple, frozenset)):
        for each in value:
            yield from all_of(each)

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")
"""


@pytest.fixture(params=sorted(PARS))
def python(request: pytest.FixtureRequest) -> str:
    return executable(PARS[request.param])


def run(python: str, code: str, *options: str) -> "list[str]":
    done = subprocess.run([python, "-I", *options, "-c", BEGIN + code], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.splitlines()


def test_it_is_what_the_source_compiles_to(python: str) -> None:
    """Every field of every function, in order; and where this Python's code can be frozen, all of it is."""
    code = """
FIELDS = [name for name in dir(CODE) if name.startswith("co_") and name not in ("co_lnotab", "co_consts")]
def same(found, wanted):
    assert type(found) is type(wanted), (found, wanted)
    if isinstance(found, CODE):
        for name in FIELDS:
            one, other = getattr(found, name), getattr(wanted, name)
            assert callable(one) or one == other, (found, name, one, other)
        assert [*found.co_lines()] == [*wanted.co_lines()]
        assert [*found.co_positions()] == [*wanted.co_positions()] if hasattr(found, "co_positions") else True
        same(found.co_consts, wanted.co_consts)
    elif isinstance(found, tuple):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted): same(one, other)
    else:
        assert (found, repr(found) if not isinstance(found, frozenset) else 0) == (wanted, repr(wanted) if not isinstance(found, frozenset) else 0)
import warnings
warnings.simplefilter("ignore")
count = frozen = 0
for name, loader, code in codes():
    same(code, compile(loader.get_source(name), loader.path, "exec", dont_inherit=True))
    count += 1
    frozen += sys.getrefcount(code) > 1 << 20
print(count > 400, frozen == count if frozen else "none")
"""
    assert run(python, code) == [f"True {True if IS_FROZEN else 'none'}"]


def test_names_are_those_of_the_interpreter(python: str) -> None:
    """Interned, so that whatever compares them by identity is right."""
    code = """
wrong = set()
for name, _, code in codes():
    for each in all_of(code):
        if isinstance(each, CODE):
            wrong.update(one for one in (*each.co_names, *each.co_varnames, each.co_name) if one.isidentifier() and sys.intern(str(one.encode(), "utf-8")) is not one)
print(sorted(wrong))
"""
    assert run(python, code) == ["[]"]


@pytest.mark.parametrize("how", ["sys.intern(each)", "setattr(instance, each, 1)", "namespace[each] = hash(each)", "compile(repr(each), each[:9].replace(chr(0), ''), 'eval')"])
def test_its_constants_can_become_names(python: str, how: str) -> None:
    """An interpreter frees the names that it knows when it ends, but nothing of these."""
    code = f"""
class Namespace: pass
instance = Namespace()
namespace = {{}}
count = 0
for _, _, code in codes():
    for each in all_of(code):
        if type(each) is str:
            try:
                {how}
            except (ValueError, SyntaxError, TypeError, AttributeError):  # surrogates; __class__
                pass
            count += 1
import marshal, gc
marshal.loads(marshal.dumps([name.upper() for name in namespace]))
gc.collect()
print(count > 50_000)
"""
    assert run(python, code) == ["True"]


def test_it_is_traced_counted_and_changed(python: str) -> None:
    """Debuggers and profilers write into code; a module may be imported again, and its old functions live on."""
    code = """
import importlib, threading, weakref
import textwrap
old = textwrap.wrap
lines = set()
def trace(frame, event, argument):
    lines.add((frame.f_code.co_filename, frame.f_lineno))
    return trace
sys.settrace(trace)
assert old("a b c", 3) == ["a b", "c"]
sys.settrace(None)
assert len({line for path, line in lines if path == textwrap.__file__}) > 40, len(lines)
calls = []
sys.setprofile(lambda frame, event, argument: calls.append(event))
old("a b c", 3)
sys.setprofile(None)
assert calls.count("call") > 5
assert weakref.ref(old.__code__)() is old.__code__
assert old.__code__.replace(co_name="other").co_name == "other"
for _ in range(3):
    importlib.reload(textwrap)
    assert textwrap.wrap is not old and textwrap.wrap("a b c", 3) == old("a b c", 3)
del sys.modules["textwrap"], textwrap
import textwrap
for _ in range(5000):  # until it is specialized
    assert textwrap.dedent("  a\\n  b") == old.__globals__["dedent"]("  a\\n  b") == "a\\nb"
print(hash(old.__code__) == hash(old.__code__), old.__code__ == old.__code__, old.__defaults__, old.__doc__[:11])
"""
    assert run(python, code) == ["True True (70,) Wrap a sing"]


def test_functions_are_told_apart(python: str) -> None:
    """CPython's specialized calls know a function by a version, which each gets from its code."""
    code = """
for count in range(200):
    import json.decoder, json.encoder, json.scanner, textwrap, base64, bisect
    for name in [name for name in sys.modules if name.partition(".")[0] in ("json", "textwrap", "base64", "bisect")]:
        del sys.modules[name]
def call(function, argument): return function(argument)
import base64, textwrap, json
for _ in range(2000):
    assert call(base64.b64encode, b"abc") == b"YWJj"
    assert call(textwrap.dedent, " a") == "a"
    assert call(json.dumps, [1]) == "[1]"
    assert call(lambda argument: argument, 1) == 1
print("told apart")
"""
    assert run(python, code) == ["told apart"]


def test_of_a_par_whose_path_is_not_ascii(tmp_path: Path) -> None:
    for mode, par in PARS.items():
        directory = tmp_path / f"{mode} ü €"
        directory.mkdir()
        python = executable(Path(shutil.copy(par, directory)))
        code = "import gc, json, sys\nprint(ascii(json.loads.__code__.co_filename == json.__file__))\nsys.intern(json.__file__)\ndel json\ngc.collect()"
        assert run(python, code) == ["True"]


def test_it_runs_to_the_very_end(python: str) -> None:
    """Hooks of a fork are dropped when an interpreter has freed nearly all else; so are codecs. `getresp` looks into a set of constants."""
    code = """
import codecs, ftplib
class Hook(ftplib.FTP):
    debugging = 0
    def __init__(self, name):
        self.name = name
    def __call__(self, *_):
        return None
    def getmultiline(self):
        return "250 " + self.name
    def __del__(self, write=os.write, range=range, garbage=[]):
        garbage += [[None] * size for size in range(1, 60)]  # takes what was freed
        write(1, (self.getresp() + "\\n").encode())
os.register_at_fork(before=Hook("fork"))
codecs.register(Hook("codec"))
codecs.register_error("ours", Hook("error"))
"""
    assert sorted(run(python, code)) == ["250 codec", "250 error", "250 fork"]


def test_a_module_that_is_loaded_by_its_path(python: str) -> None:
    """As plug-ins and migrations are: it is not compiled. What is not the par's is."""
    code = """
import builtins, importlib.util, json, json.decoder, keyword, tempfile
compiled = []
original = builtins.compile
builtins.compile = lambda source, path, *rest, **options: compiled.append(path) or original(source, path, *rest, **options)
def load(path, places=None):
    spec = importlib.util.spec_from_file_location("loaded", path, submodule_search_locations=places)
    module = sys.modules["loaded"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
print(load(keyword.__file__).iskeyword("def"), load(json.__file__, json.__path__).loads("[1]"), load(json.decoder.__file__).JSONDecodeError.__module__)
print(load(json.decoder.__file__).JSONDecoder.decode.__code__.co_filename == json.decoder.__file__, compiled)
with tempfile.TemporaryDirectory() as directory:
    with open(directory + "/keyword.py", "w") as file:
        file.write("iskeyword = 'of another'")
    print(load(directory + "/keyword.py").iskeyword)
"""
    assert run(python, code) == ["True [1] loaded", "True []", "of another"]


def test_a_module_that_is_loaded_again_takes_no_more_memory(python: str) -> None:
    code = """
import argparse, importlib, runpy
sizes = []
for _ in range(30):
    importlib.reload(argparse)
    runpy.run_module("textwrap")
    argparse.__loader__.get_code("argparse")
    sizes.append(resident())
print((sizes[-1] - sizes[4]) / 25 / 1e3)
"""
    (growth,) = run(python, code)
    assert float(growth) < 150, "KB each time; the code is 230, what it makes the rest"


@pytest.mark.parametrize("what", ["sys.intern(textwrap.dedent.__doc__)", "ctypes.pythonapi.Py_IncRef(ctypes.py_object(textwrap.dedent)); print(id(textwrap.dedent))"])
def test_what_an_interpreter_leaves_to_others_stays(python: str, what: str) -> None:
    """Interpreters that share their objects with the first one, as all did once: one of them has ended."""
    code = f"""
try:
    import _interpreters as interpreters
    create, execute = lambda: interpreters.create("legacy"), interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    create, execute = lambda: interpreters.create(isolated=False), interpreters.run_string
import ctypes, io, json
reader, writer = os.pipe()
first = create()
execute(first, f"import os\\nos.dup2({{writer}}, 1)\\nimport ctypes, sys, textwrap\\nprint = lambda number: os.write({{writer}}, str(number).encode())\\n{what}")
os.write(writer, b".")
number = os.read(reader, 100).decode().rstrip(".")
interpreters.destroy(first)
second = create()
execute(second, "import json, argparse")
interpreters.destroy(second)
import textwrap
text = "".join(list(textwrap.dedent.__doc__))
assert sys.intern(text) == text
if number:
    assert ctypes.cast(int(number), ctypes.py_object).value.__code__.co_name == "dedent"
"""
    run(python, code)


if os.environ["VERSION"] >= "3.14":

    def test_memory_of_interpreters_that_are_gone_is_used_again(python: str) -> None:
        """Megabytes for each, otherwise. 3.13 itself leaves more than that, and older versions have no deep-frozen code."""
        code = """
import _interpreters as interpreters
sizes = []
for _ in range(12):
    another = interpreters.create()
    assert interpreters.exec(another, "import base64, email.message, json, socket, ssl, textwrap, tokenize") is None
    interpreters.destroy(another)
    sizes.append(resident())
print((sizes[-1] - sizes[1]) / 10 / 1e6)
"""
        (growth,) = run(python, code)
        assert float(growth) < 0.3
