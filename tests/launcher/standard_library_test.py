"""Modules of the host's standard library come as they come without a par."""

import importlib.util
import json
import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import ENVIRONMENT, make_par, run, run_main

MODULES = [
    "asyncio",
    "concurrent.futures.thread",
    "ctypes.util",
    "decimal",
    "email.mime.text",
    "importlib.metadata",
    "json.decoder",
    "logging.config",
    "unittest.mock",
    "xml.etree.ElementTree",
    "argparse",
    "ssl",
]
SAY = f"""
import importlib, json, sys

def said(name):
    module = importlib.import_module(name)
    spec, code = module.__spec__, None
    if hasattr(spec.loader, "get_code"):
        code = spec.loader.get_code(name)
    return [
        module.__name__, module.__file__, getattr(module, "__cached__", None), module.__package__, getattr(module, "__path__", None), module.__doc__,
        spec.name, spec.origin, spec.cached, spec.parent, spec.has_location, spec.submodule_search_locations, spec.loader.name, spec.loader.path,
        code and [code.co_filename, repr(code.co_names)], isinstance(module.__loader__, importlib.machinery.SourceFileLoader),
    ]

import importlib.machinery
print(json.dumps([said(name) for name in {MODULES!r}]))
"""

# Imports modules of a directory that the launcher takes for one of the standard library.
READ = """
import importlib, json, sys
from importlib.machinery import FileFinder
from _rules_par.standard_library import Finder

directory = sys.argv[1]
finder = sys.path_hooks[-1](directory)
assert type(finder) is FileFinder
sys.path_importer_cache[directory] = Finder(finder)
sys.path.append(directory)
sys.argv[2] and exec(sys.argv[2])
for name in sys.argv[3:]:
    try:
        module = importlib.import_module(name)
        print(name, module.WHAT, module.__file__[len(directory):])
    except Exception as error:
        print(name, type(error).__name__)
"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_par(tmp_path_factory.mktemp("reader") / "app.par", {"_main/main.py": READ})


def write(directory: Path, files: "dict[str, str]", *, compiled: bool = True) -> None:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        if compiled:
            py_compile.compile(str(path), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)


def read(reader: Path, directory: Path, *names: str, first: str = "") -> "list[str]":
    """What the modules say."""
    lines = run([reader, directory, first, *names]).stdout.splitlines()
    assert len(lines) == len(names)
    return lines


def trusted(directory: Path, name: str, what: str) -> None:
    """Gives a module byte code that says something else, of the same time and size as the source: it shows what has been read."""
    source = directory / name
    status, text = source.stat(), source.read_text()
    assert len(what) == len(text)
    source.write_text(what)
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    py_compile.compile(str(source), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    source.write_text(text)
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("options", [["-I", "-S"], ["-I"], ["-O"], ["-X", "pycache_prefix=/nowhere"]], ids=" ".join)
def test_modules_look_as_they_do_without_a_par(tmp_path: Path, options: "list[str]") -> None:
    app = make_par(tmp_path / "app.par", {"_main/main.py": SAY})
    script = tmp_path / "script.py"
    script.write_text(SAY)
    environment = {**ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
    plain = json.loads(run([sys.executable, *options, script], env=environment).stdout)
    assert json.loads(run([sys.executable, *options, app], env=environment).stdout) == plain


def test_modules_of_the_host_are_read_by_the_launcher(tmp_path: Path) -> None:
    main = "import json.decoder, this_is_ours, email.mime.text, _json\n" + "".join(
        f"print(type({name}.__loader__).__module__)\n" for name in ("json", "json.decoder", "email.mime", "email.mime.text", "this_is_ours")
    )
    lines = run(make_par(tmp_path / "app.par", {"_main/main.py": main, "_main/this_is_ours.py": ""})).stdout.splitlines()
    assert lines == ["_rules_par.standard_library"] * 4 + ["_rules_par.importer"]


def test_up_to_date_byte_code_is_used(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"module.py": "WHAT = 1\n", "package/__init__.py": "WHAT = 2\n", "package/sub.py": "WHAT = 3\n"})
    for name in ("module.py", "package/__init__.py", "package/sub.py"):
        trusted(tmp_path, name, "WHAT = 7\n")
    assert read(reader, tmp_path, "module", "package", "package.sub") == [
        "module 7 /module.py",
        "package 7 /package/__init__.py",
        "package.sub 7 /package/sub.py",
    ]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: os.utime(path, (1, 1)), id="another time"),
        pytest.param(lambda path: path.write_text("WHAT =  1\n") and os.utime(path, (9, 9)), id="another size"),
    ],
)
def test_byte_code_of_another_source_is_not_used(tmp_path: Path, reader: Path, change) -> None:
    write(tmp_path, {"module.py": "WHAT = 1\n"})
    os.utime(tmp_path / "module.py", (9, 9))
    trusted(tmp_path, "module.py", "WHAT = 7\n")
    assert read(reader, tmp_path, "module")[0] == "module 7 /module.py"
    change(tmp_path / "module.py")
    assert read(reader, tmp_path, "module")[0] == "module 1 /module.py"


def test_byte_code_with_a_hash(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"checked.py": "WHAT = 1\n", "unchecked.py": "WHAT = 1\n"}, compiled=False)
    for mode in (py_compile.PycInvalidationMode.CHECKED_HASH, py_compile.PycInvalidationMode.UNCHECKED_HASH):
        source = tmp_path / f"{mode.name.lower()[: -len('_hash')]}.py"
        py_compile.compile(str(source), doraise=True, invalidation_mode=mode)
        source.write_text("WHAT = 2\n")
    assert read(reader, tmp_path, "checked", "unchecked") == ["checked 2 /checked.py", "unchecked 1 /unchecked.py"]


def test_byte_code_is_written_where_there_is_none(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"module.py": "WHAT = 1\n"}, compiled=False)
    assert read(reader, tmp_path, "module")[0] == "module 1 /module.py"
    assert Path(importlib.util.cache_from_source(str(tmp_path / "module.py"))).exists()


def test_byte_code_that_is_longer_than_expected_is_read_whole(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"module.py": "".join(f"a{number} = 1\n" for number in range(3000)) + "WHAT = 1\n"})
    write(tmp_path, {"big.py": "WHAT = 'x' * 0 or 2\nX = " + "(lambda: 0)," * 1000 + "\n"})
    assert Path(importlib.util.cache_from_source(str(tmp_path / "big.py"))).stat().st_size > 2 * (tmp_path / "big.py").stat().st_size + 4096
    assert read(reader, tmp_path, "module", "big") == ["module 1 /module.py", "big 2 /big.py"]


def test_damaged_byte_code_is_an_error_as_ever(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"cut.py": "WHAT = 1\n", "empty.py": "WHAT = 2\n", "other.py": "WHAT = 3\n"})
    cut, empty, other = (Path(importlib.util.cache_from_source(str(tmp_path / name))) for name in ("cut.py", "empty.py", "other.py"))
    cut.write_bytes(cut.read_bytes()[:-9])
    empty.write_bytes(b"")
    other.write_bytes(b"\0\0\0\0" + other.read_bytes()[4:])
    assert read(reader, tmp_path, "cut", "empty", "other") == ["cut EOFError", "empty 2 /empty.py", "other 3 /other.py"]


def test_precedence_is_that_of_directories(tmp_path: Path, reader: Path) -> None:
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    write(tmp_path, {"both.py": "WHAT = 1\n", "both/__init__.py": "WHAT = 2\n", "bare.py": "WHAT = 3\n", "native.py": "WHAT = 4\n"})
    (tmp_path / "bare").mkdir()
    (tmp_path / f"native{suffix}").write_bytes(b"no ELF file")
    assert read(reader, tmp_path, "both", "bare", "native", "bare.none", "none") == [
        "both 2 /both/__init__.py",
        "bare 3 /bare.py",
        "native ImportError",
        "bare.none ModuleNotFoundError",
        "none ModuleNotFoundError",
    ]


def test_what_comes_and_goes_while_the_program_runs(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"gone.py": "WHAT = 1\n", "changed.py": "WHAT = 2\n"})
    first = f"""
import os
import changed
os.unlink({str(tmp_path / "gone.py")!r})
open({str(tmp_path / "come.py")!r}, "w").write("WHAT = 3\\n")
importlib.invalidate_caches()
open(changed.__file__, "w").write("WHAT = 22\\n")
print(changed.__loader__.get_code("changed").co_consts[0])
importlib.reload(changed)
"""
    lines = run([reader, tmp_path, first, "gone", "come", "changed"]).stdout.splitlines()
    assert lines == ["22", "gone ModuleNotFoundError", "come 3 /come.py", "changed 22 /changed.py"]


def test_a_prefix_for_byte_code_that_the_program_sets(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"module.py": "WHAT = 1\n"})
    trusted(tmp_path, "module.py", "WHAT = 7\n")
    assert read(reader, tmp_path, "module", first=f"sys.pycache_prefix = {str(tmp_path / 'prefix')!r}")[0] == "module 1 /module.py"


def test_the_times_that_byte_code_can_say(tmp_path: Path, reader: Path) -> None:
    seconds = {"before": -5.5, "fraction": 1000.9, "late": 2**32 + 7.5, "zero": 0}
    for name, time in seconds.items():
        write(tmp_path, {f"{name}.py": "WHAT = 1\n"}, compiled=False)
        os.utime(tmp_path / f"{name}.py", (time, time))
        trusted(tmp_path, f"{name}.py", "WHAT = 7\n")
    plain = [f"{name} {import_plainly(tmp_path, name)} /{name}.py" for name in seconds]
    assert "fraction 7 /fraction.py" in plain
    assert read(reader, tmp_path, *seconds) == plain


def import_plainly(directory: Path, name: str) -> str:
    script = f"import sys; sys.path.insert(0, {str(directory)!r}); import {name}; print({name}.WHAT)"
    return run([sys.executable, "-IBc", script]).stdout.strip()


def test_code_has_the_path_of_its_source(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"module.py": "def f(): pass\nWHAT = f.__code__.co_filename\n"}, compiled=False)
    source = str(tmp_path / "module.py")
    py_compile.compile(source, dfile="/elsewhere.py", doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    assert read(reader, tmp_path, "module") == [f"module {source} /module.py"]


def test_what_is_no_file_is_left_to_importlib(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"usual.py": "WHAT = 1\n", "module.py/x": "", "package/__init__.py/x": ""}, compiled=False)
    os.mkfifo(tmp_path / "pipe.py")
    Path(importlib.util.cache_from_source(str(tmp_path / "usual.py"))).mkdir(parents=True)
    assert read(reader, tmp_path, "usual", "module", "package", "pipe") == [
        "usual 1 /usual.py",
        "module ModuleNotFoundError",
        "package AttributeError",  # of a namespace package
        "pipe ModuleNotFoundError",
    ]


def test_byte_code_without_code(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"module.py": "WHAT = 1\n"})
    cached = Path(importlib.util.cache_from_source(str(tmp_path / "module.py")))
    cached.write_bytes(cached.read_bytes()[:16] + b"N")
    assert read(reader, tmp_path, "module") == ["module ImportError"]


def test_a_subpackage_with_what_the_finder_leaves_to_importlib(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"package/__init__.py": "WHAT = 1\n", "package/space/module.py": "WHAT = 2\n", "package/bare.pyc": ""}, compiled=False)
    source = tmp_path / "source.py"
    source.write_text("WHAT = 3\n")
    py_compile.compile(str(source), str(tmp_path / "package/bare.pyc"), doraise=True)
    assert read(reader, tmp_path, "package", "package.space.module", "package.bare") == [
        "package 1 /package/__init__.py",
        "package.space.module 2 /package/space/module.py",
        "package.bare 3 /package/bare.pyc",
    ]


def test_a_listing_that_fails_once(tmp_path: Path, reader: Path) -> None:
    write(tmp_path, {"package/__init__.py": "WHAT = 1\n", "package/sub.py": "WHAT = 2\n"})
    first = """
import package, posix, resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (30, hard))
taken = []
try:
    while True:
        taken.append(posix.dup(0))
except OSError:
    pass
try:
    import package.sub
except OSError as error:
    print(error.strerror)
for each in taken:
    posix.close(each)
"""
    lines = run([reader, tmp_path, first, "package.sub"], stdin=subprocess.DEVNULL).stdout.splitlines()
    assert lines == ["Too many open files", "package.sub 2 /package/sub.py"]


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    main = "import os\nbefore = os.listdir('/proc/self/fd')\nimport json, email.message, xml.dom.minidom\nprint(os.listdir('/proc/self/fd') == before)\n"
    assert run_main(tmp_path, main).stdout == "True\n"


@pytest.mark.parametrize(
    "change",
    [
        "sys.path_hooks.insert(0, FileFinder.path_hook((Mine, ['.py'])))",
        "SourceFileLoader.get_code = patched(SourceFileLoader.get_code)",
        "SourceFileLoader.get_data = patched(SourceFileLoader.get_data)",
        "SourceFileLoader.path_stats = patched(SourceFileLoader.path_stats)",
        "FileFinder.find_spec = patched(FileFinder.find_spec)",
    ],
)
def test_who_changes_how_modules_are_imported_gets_them_all(tmp_path: Path, change: str) -> None:
    main = f"""
import sys
from importlib.machinery import FileFinder, SourceFileLoader
import json
seen = []

class Mine(SourceFileLoader):
    def exec_module(self, module):
        seen.append(module.__name__)
        super().exec_module(module)

def patched(function):
    def patch(self, name, *rest):
        seen.append(name.rpartition("/")[2])
        return function(self, name, *rest)
    return patch

{change}
import wsgiref.util, json.tool, netrc
print(*seen)
"""
    (tmp_path / "script.py").write_text(main)
    environment = {**ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
    plain = run([sys.executable, "-IS", tmp_path / "script.py"], env=environment).stdout
    assert plain.strip()
    assert run([sys.executable, "-IS", make_par(tmp_path / "app.par", {"_main/main.py": main})], env=environment).stdout == plain


def test_a_finder_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        """
import encodings, sys
from importlib.machinery import FileFinder, SOURCE_SUFFIXES, SourceFileLoader

class Foreign(FileFinder):
    pass

directory = encodings.__path__[0].rpartition("/")[0]
sys.path_importer_cache[directory] = Foreign(directory, (SourceFileLoader, SOURCE_SUFFIXES))
sys.path_importer_cache[directory + "/json"] = Foreign(directory + "/json", (SourceFileLoader, SOURCE_SUFFIXES))
"""
    )
    main = "import sys, json.tool\nprint(*{type(f).__name__ for path, f in sys.path_importer_cache.items() if path == json.__path__[0] or path + '/json' == json.__path__[0]})\n"
    app = make_par(tmp_path / "app.par", {"_main/main.py": main})
    assert run([sys.executable, app], env={**ENVIRONMENT, "PYTHONPATH": str(tmp_path)}).stdout == "Foreign\n"


def test_a_finder_of_somebody_else_for_a_package_stays(tmp_path: Path) -> None:
    main = """
import encodings, sys
from importlib.machinery import FileFinder
directory = encodings.__path__[0].rpartition("/")[0] + "/json"
foreign = sys.path_importer_cache[directory] = FileFinder(directory)
try:
    import json
except ImportError:  # that finder finds nothing
    pass
print(sys.path_importer_cache[directory] is foreign)
"""
    assert run_main(tmp_path, main).stdout == "True\n"


def test_specs_of_a_module_are_equal(tmp_path: Path) -> None:
    main = """
import json
from importlib.machinery import PathFinder
print(PathFinder.find_spec("json") == json.__spec__, PathFinder.find_spec("json") == PathFinder.find_spec("csv"))
try:
    PathFinder.find_spec("json").loader.get_code("csv")
except ImportError as error:
    print(error)
"""
    assert run_main(tmp_path, main).stdout.splitlines() == ["True False", "loader for json cannot handle csv"]


def test_optimization(tmp_path: Path) -> None:
    main = "import json\nprint(type(json.__loader__).__module__, json.__cached__ if hasattr(json, '__cached__') else json.__spec__.cached)\n"
    done = run([sys.executable, "-O", make_par(tmp_path / "app.par", {"_main/main.py": main})])
    assert "standard_library" not in done.stdout
    assert ".opt-1.pyc" in done.stdout


def test_pkgutil_and_resources_know_the_packages(tmp_path: Path) -> None:
    main = """
import json, pkgutil, importlib.resources as resources
print(*[module.name for module in pkgutil.iter_modules(json.__path__)])
print(resources.files(json).joinpath("decoder.py").is_file(), len(pkgutil.get_data("json", "decoder.py")) > 1000)
"""
    plain = subprocess.run([sys.executable, "-c", main], check=True, capture_output=True, text=True).stdout
    assert run(make_par(tmp_path / "app.par", {"_main/main.py": main})).stdout == plain
