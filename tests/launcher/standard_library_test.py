"""Modules of the host's standard library come as they come without a par."""

import importlib.util
import json
import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import ENVIRONMENT, make_par, run

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
    """Gives a module byte code that says something else, of the same time and size as the source: it shows who has been read."""
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
