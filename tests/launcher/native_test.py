"""Extension modules and libraries of a par, loaded in a real process."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.objects import extension, library, program, shared_object
from tests.launcher.programs import ENVIRONMENT, make_par, run, run_main
from tools.builder.elf import needed

# Debian has it as an extra copy of what is in the executable (libpython3.X-dev).
LIBPYTHON = "-lpython{}.{}".format(*sys.version_info)


def ret(name: str, value: "int | str") -> str:
    return f"int {name}(void) {{ return {value}; }}\n"


@pytest.fixture
def chain(tmp_path: Path) -> "dict[str, Path]":
    """pkg/ext needs libouter, which needs libinner; RUNPATHs lead from one directory to the other."""
    libs = tmp_path / "made/pkg.libs"
    inner = library(libs / "libinner.so.1", ret("inner", 40))
    outer = library(libs / "libouter.so.2", "int inner(void);\n" + ret("outer", "inner() + 1"), [inner, "-Wl,-rpath,$ORIGIN"])
    ext = extension(
        tmp_path / "made/pkg/ext.so", "int outer(void);\nstatic int value(void) { return outer() + 1; }", [outer, "-Wl,-rpath,$ORIGIN/../pkg.libs"]
    )
    return {"_main/pkg/ext.so": ext, "_main/pkg.libs/libouter.so.2": outer, "_main/pkg.libs/libinner.so.1": inner}


def test_an_extension_brings_its_libraries(tmp_path: Path, chain: "dict[str, Path]") -> None:
    assert run_main(tmp_path, "import pkg.ext\nprint(pkg.ext.value())", chain).stdout == "42\n"


def test_an_extension_says_where_it_is_in_the_par(tmp_path: Path, chain: "dict[str, Path]") -> None:
    source = """
import importlib.machinery, importlib.util, inspect, os
import pkg.ext as ext
assert ext.__file__ == ext.__spec__.origin == ext.__loader__.path == os.path.dirname(__file__) + "/pkg/ext.so", ext.__spec__
assert isinstance(ext.__loader__, importlib.machinery.ExtensionFileLoader)
assert ext.__loader__.get_filename("pkg.ext") == ext.__file__ == inspect.getfile(ext)
assert ext.__loader__.get_source("pkg.ext") is None and not ext.__loader__.is_package("pkg.ext")
assert importlib.util.find_spec("pkg.ext").origin == ext.__file__
assert os.path.getsize(ext.__file__) > 1000
assert "/proc/" not in repr(ext), ext
"""
    run_main(tmp_path, source, chain)


def test_every_library_is_mapped_from_memory_only(tmp_path: Path, chain: "dict[str, Path]") -> None:
    source = """
import pkg.ext
lines = [line.split(maxsplit=5)[-1].strip() for line in open("/proc/self/maps")]
print(*sorted({line for line in lines if "pkg" in line}), sep="\\n")
"""
    lines = run_main(tmp_path, source, chain).stdout.splitlines()
    assert len(lines) == 3 and all(line.startswith("/memfd:") for line in lines), lines


def test_importing_again_after_removal_from_sys_modules(tmp_path: Path, chain: "dict[str, Path]") -> None:
    source = """
import sys, importlib
import pkg.ext
del sys.modules["pkg.ext"]
import pkg.ext
print(pkg.ext.value(), importlib.reload(pkg.ext).value())
"""
    assert run_main(tmp_path, source, chain).stdout == "42 42\n"


CYCLE = {
    "a": "extern int b_value;\nint b(void);\nint a_value = 1;\nint *a_sees = &b_value;\nint a(void) { return a_value + *a_sees; }\nint a_b(void) { return b(); }\n",
    "b": "extern int a_value;\nint a(void);\nint b_value = 20;\nint *b_sees = &a_value;\nint b(void) { return b_value + *b_sees; }\n",
}


@pytest.fixture(params=["libaaa_a_long_name.so.1 libbbb_another_long_name.so.1", "liba.so libb.so"])
def cycle(tmp_path: Path, request: pytest.FixtureRequest) -> "list[Path]":
    """Two libraries that need each other, data included."""
    a, b = (tmp_path / "made" / name for name in request.param.split())
    undefined = ["-Wl,--allow-shlib-undefined", "-Wl,--no-as-needed"]
    library(a, CYCLE["a"])
    library(b, CYCLE["b"], [a, *undefined])
    library(a, CYCLE["a"], [b, *undefined])
    return [a, b]


@pytest.mark.parametrize("first", [0, 1])
def test_libraries_that_need_each_other(tmp_path: Path, cycle: "list[Path]", first: int) -> None:
    order = [cycle[first], cycle[1 - first]]
    names = [path.name for path in order]
    source = f"import ctypes\nfirst, second = map(ctypes.CDLL, {names})\nprint(first.b(), second.a(), second.a_b() if {first} else first.a_b())"
    files = {f"_main/libs/{path.name}": path for path in cycle}
    assert run_main(tmp_path, source, files).stdout == "21 21 21\n"


def test_an_extension_on_top_of_a_cycle(tmp_path: Path, cycle: "list[Path]") -> None:
    ext = extension(tmp_path / "made/ext.so", "int a(void);\nstatic int value(void) { return a(); }", [cycle[0], "-Wl,--allow-shlib-undefined"])
    files = {"_main/ext.so": ext, **{f"_main/libs/{path.name}": path for path in cycle}}
    assert run_main(tmp_path, "import ext\nprint(ext.value())", files).stdout == "21\n"


def test_modules_of_one_file_name_in_two_packages(tmp_path: Path) -> None:
    files = {f"_main/{package}/_c.so": extension(tmp_path / package / "_c.so", f"static int value(void) {{ return {value}; }}") for package, value in (("one", 1), ("two", 2))}
    assert run_main(tmp_path, "import one._c, two._c\nprint(one._c.value(), two._c.value())", files).stdout == "1 2\n"


def test_libraries_of_one_soname_in_two_packages(tmp_path: Path) -> None:
    files = {}
    for package, value in (("one", 1), ("two", 2)):
        lib = library(tmp_path / package / "libs/libsame.so.1", ret("same", value))
        source = "int same(void);\nstatic int value(void) { return same(); }"
        files[f"_main/{package}/ext.so"] = extension(tmp_path / package / "ext.so", source, [lib, "-Wl,-rpath,$ORIGIN/libs"])
        files[f"_main/{package}/libs/libsame.so.1"] = lib
    assert run_main(tmp_path, "import one.ext, two.ext\nprint(one.ext.value(), two.ext.value())", files).stdout == "1 2\n"


def test_one_module_in_two_packages_has_two_states(tmp_path: Path) -> None:
    """As from two files on disk. Cython's modules refuse a second initialization of one copy."""
    ext = extension(tmp_path / "ext.so", "static int count;\nstatic int value(void) { return ++count; }")
    source = "import one.ext, two.ext\nprint(one.ext.value(), one.ext.value(), two.ext.value())"
    assert run_main(tmp_path, source, {"_main/one/ext.so": ext, "_main/two/ext.so": ext}).stdout == "1 2 1\n"


def test_one_library_under_two_names_is_loaded_once(tmp_path: Path) -> None:
    lib = library(tmp_path / "libone.so.1", "static int count;\nint next(void) { return ++count; }")
    source = "import ctypes\na, b = ctypes.CDLL('libone.so.1'), ctypes.CDLL('libone.so')\nprint(a.next(), b.next())"
    assert run_main(tmp_path, source, {"_main/libone.so.1": lib, "_main/libone.so": lib}).stdout == "1 2\n"


CTYPES = {
    "path": "ctypes.CDLL(os.path.join(here, 'pkg.libs/libouter.so.2'))",
    "path object": "ctypes.CDLL(str(pathlib.Path(here, 'pkg.libs', 'libouter.so.2')))",
    "path with dots": "ctypes.CDLL(os.path.join(here, 'pkg/../pkg.libs/./libouter.so.2'))",
    "bytes path": "ctypes.CDLL(os.fsencode(here) + b'/pkg.libs/libouter.so.2') if sys.version_info < (3, 12) else ctypes.CDLL(pathlib.Path(here, 'pkg.libs/libouter.so.2'))",
    "soname": "ctypes.CDLL('libouter.so.2')",
    "global": "ctypes.CDLL('libouter.so.2', mode=ctypes.RTLD_GLOBAL)",
    "use_errno": "ctypes.CDLL('libouter.so.2', use_errno=True)",
    "cdll": "ctypes.cdll.LoadLibrary('libouter.so.2')",
    "PyDLL": "ctypes.PyDLL('libouter.so.2')",
    "subclass": "type('Mine', (ctypes.CDLL,), {})('libouter.so.2')",
    "find_library": "ctypes.CDLL(ctypes.util.find_library('outer'))",
    "numpy's way": "ctypes.cdll['libouter.so.2']",
    "glob": "ctypes.CDLL(glob.glob(here + '/pkg.libs/libouter*')[0])",
}


@pytest.mark.parametrize("name", CTYPES)
def test_ctypes(tmp_path: Path, chain: "dict[str, Path]", name: str) -> None:
    source = f"import ctypes, ctypes.util, glob, os, pathlib, sys\nhere = os.path.dirname(__file__)\nprint(({CTYPES[name]}).outer())"
    assert run_main(tmp_path, source, chain).stdout == "41\n"


def test_ctypes_of_the_host_is_what_it_was(tmp_path: Path, chain: "dict[str, Path]") -> None:
    source = """
import ctypes, ctypes.util
assert ctypes.CDLL(None).getpid() > 0
assert ctypes.CDLL("libc.so.6").getpid() > 0
assert ctypes.util.find_library("no_such_library_at_all") is None
for name in ("libno_such.so.1", "/nowhere/libno_such.so", __file__):
    try:
        ctypes.CDLL(name)
    except OSError as error:
        print(type(error).__name__)
"""
    assert run_main(tmp_path, source, chain).stdout == "OSError\n" * 3


def test_an_extension_loaded_by_its_path(tmp_path: Path, chain: "dict[str, Path]") -> None:
    source = """
import importlib.util, os
spec = importlib.util.spec_from_file_location("ext", os.path.join(os.path.dirname(__file__), "pkg", "ext.so"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.value(), module.__file__ == spec.origin)
"""
    assert run_main(tmp_path, source, chain).stdout == "42 True\n"


def test_a_fork_after_the_import_and_before_another(tmp_path: Path, chain: "dict[str, Path]") -> None:
    chain["_main/other.so"] = extension(tmp_path / "made/other.so", "static int value(void) { return 7; }")
    source = """
import os
import pkg.ext
child = os.fork()
import other
result = pkg.ext.value() + other.value()
if child == 0:
    os._exit(result)
print(result, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run_main(tmp_path, source, chain).stdout == "49 49\n"


def test_a_fork_while_another_thread_loads_a_library(tmp_path: Path, chain: "dict[str, Path]") -> None:
    source = """
import os, sys, threading
lock, held = sys.path_hooks[0].__self__.natives.lock, threading.Event()
def load():
    lock.acquire()
    held.set()
    os.wait()
    lock.release()
threading.Thread(target=load).start()
held.wait()
if not os.fork():
    import pkg.ext
    print(pkg.ext.value())
"""
    app = make_par(tmp_path / "app.par", {"_main/main.py": source, **chain})
    assert run([app], timeout=60).stdout


def test_threads_import_for_the_first_time_at_once(tmp_path: Path, chain: "dict[str, Path]") -> None:
    for number in range(6):
        source = f"int outer(void);\nstatic int value(void) {{ return outer() + {number}; }}"
        flags = [chain["_main/pkg.libs/libouter.so.2"], "-Wl,-rpath,$ORIGIN/pkg.libs"]
        chain[f"_main/e{number}.so"] = extension(tmp_path / f"made/e{number}.so", source, flags)
    source = """
import importlib, threading
barrier, results = threading.Barrier(12), []
def load(number):
    barrier.wait()
    results.append(importlib.import_module(f"e{number % 6}").value() - number % 6)
threads = [threading.Thread(target=load, args=(number,)) for number in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(results == [41] * 12, open("/proc/self/maps").read().count("libouter") <= 6)
"""
    assert run_main(tmp_path, source, chain).stdout == "True True\n"


def test_a_module_whose_initialization_imports_what_another_thread_imports(tmp_path: Path) -> None:
    """The other thread holds the import lock of `shared` and loads an extension; nobody may wait for the other."""
    first = """
static int value(void) { return 1; }
#undef PyModule_Create
#define PyModule_Create(definition) (PyImport_ImportModule("first_inside") ? PyModule_Create2(definition, PYTHON_API_VERSION) : NULL)
"""
    files = {
        "_main/first.so": extension(tmp_path / "made/first.so", first),
        "_main/second.so": extension(tmp_path / "made/second.so", "static int value(void) { return 1; }"),
        # Both threads meet: one in the initialization of `first`, the other holding the lock of `shared`.
        "_main/first_inside.py": "import meeting\nmeeting.barrier.wait()\nimport shared\n",
        "_main/shared.py": "import meeting\nmeeting.barrier.wait()\nimport second\n",
        "_main/meeting.py": "import threading\nbarrier = threading.Barrier(2)\n",
    }
    source = """
import importlib, meeting, threading
threads = [threading.Thread(target=importlib.import_module, args=(name,)) for name in ("first", "shared")]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
import first, second
print(first.value(), second.value())
"""
    app = make_par(tmp_path / "app.par", {"_main/main.py": source, **files})
    done = subprocess.run([app], env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "1 1\n"), done.stderr


def test_few_descriptors(tmp_path: Path, chain: "dict[str, Path]") -> None:
    app = make_par(tmp_path / "app.par", {"_main/main.py": "import pkg.ext\nprint(pkg.ext.value())", **chain})
    run([app], preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)))


def test_a_limit_on_file_sizes_is_named(tmp_path: Path, chain: "dict[str, Path]") -> None:
    app = make_par(tmp_path / "app.par", {"_main/main.py": "import pkg.ext", **chain})
    done = run([app], status=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert done.stderr.splitlines()[-1].startswith(f"ImportError: {app}/_main/pkg")
    assert "limit" in done.stderr


def test_an_undefined_symbol_is_named(tmp_path: Path) -> None:
    ext = extension(tmp_path / "made/ext.so", "int nobody_has_this(void);\nstatic int value(void) { return nobody_has_this(); }")
    done = run_main(tmp_path, "import ext", {"_main/ext.so": ext}, status=1)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ") and "nobody_has_this" in last and f"{tmp_path}/app.par/_main/ext.so" in last
    assert "/proc/self/fd" not in last


def test_a_library_that_the_host_does_not_have_is_named(tmp_path: Path) -> None:
    lib = library(tmp_path / "made/libabsent.so.7")
    ext = extension(tmp_path / "made/ext.so", "static int value(void) { return 1; }", ["-Wl,--no-as-needed", lib])
    done = run_main(tmp_path, "import ext", {"_main/ext.so": ext}, status=1, host_libraries=("libabsent.so.7",))
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ") and f"{tmp_path}/app.par/_main/ext.so" in last and 'host_libraries = ["libabsent.so.7"]' in last


def test_a_file_that_is_no_shared_object_is_refused_by_name(tmp_path: Path) -> None:
    done = run_main(tmp_path, "import ext", {"_main/ext.so": b"not ELF at all"}, status=1)
    assert done.stderr.splitlines()[-1].startswith(f"ImportError: {tmp_path}/app.par/_main/ext.so")


def test_an_extension_without_an_initialization_function(tmp_path: Path) -> None:
    lib = shared_object(tmp_path / "made/ext.so")
    done = run_main(tmp_path, "import ext", {"_main/ext.so": lib}, status=1)
    assert "PyInit_ext" in done.stderr.splitlines()[-1]


def test_the_interpreter_library_is_not_asked_for_again(tmp_path: Path) -> None:
    """Built against an interpreter whose library the running one does not have."""
    python = library(tmp_path / "made/libpython3.99.so.1.0")
    ext = extension(tmp_path / "made/ext.so", "static int value(void) { return 5; }", ["-Wl,--no-as-needed", python])
    assert run_main(tmp_path, "import ext\nprint(ext.value())", {"_main/ext.so": ext}).stdout == "5\n"


@pytest.fixture(scope="module")
def shared_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This Python, with its code in libpython: an executable that has nothing else."""
    source = "int Py_BytesMain(int count, char **words); int main(int count, char **words) { return Py_BytesMain(count, words); }"
    return program(tmp_path_factory.mktemp("shared") / "python", [LIBPYTHON], source)


COUNT = 'print(len({line.split()[-1] for line in open("/proc/self/maps") if "libpython3" in line}))'


@pytest.mark.parametrize("is_linked", [True, False])
@pytest.mark.parametrize("is_shared", [True, False])
def test_one_python_whether_or_not_an_extension_is_linked_with_libpython(
    tmp_path: Path, shared_python: Path, is_linked: bool, is_shared: bool
) -> None:
    """distutils-sig, 2016: what is linked with libpython brings a second Python into one that has its code in the executable; what
    is not does not load, where nobody made the first one's symbols global."""
    ext = extension(tmp_path / "made/ext.so", "static int value(void) { return 5; }", ["-Wl,--no-as-needed", LIBPYTHON] if is_linked else [])
    assert any(name.startswith("libpython3") for name in needed(ext)) == is_linked
    app = make_par(tmp_path / "app.par", {"_main/main.py": f"import ext\nprint(ext.value())\n{COUNT}", "_main/ext.so": ext})
    interpreter = shared_python if is_shared else sys.executable
    without = run([interpreter, "-c", COUNT]).stdout
    assert without == "1\n" or not is_shared
    assert run([interpreter, app]).stdout == f"5\n{without}"


def test_a_library_of_the_host_does_not_start_with_functions_of_the_par(tmp_path: Path) -> None:
    """Its constructor calls a function that the extension has, too, and that cannot be called yet."""
    start = "__attribute__((constructor)) static void construct(void) { started = answer(); }\n"
    host = library(tmp_path / "host/libofhost.so.1", ret("answer", 1) + "static int started;\n" + start + ret("get", "started"))
    ext = extension(tmp_path / "made/ext.so", "int get(void);\n" + ret("answer", 2) + "static int value(void) { return 10 * get() + answer(); }", [host])
    files = {"_main/main.py": "import ext\nprint(ext.value())", "_main/ext.so": ext}
    app = make_par(tmp_path / "app.par", files, host_libraries=(host.name,))
    assert run([app], env={**ENVIRONMENT, "LD_LIBRARY_PATH": str(host.parent)}).stdout == "12\n"


def test_a_library_of_the_host_that_needs_the_one_of_the_par(tmp_path: Path) -> None:
    """Its constructor runs while that is being opened, calls it, and writes to its data."""
    start = "extern int data[];\nint half(int);\n__attribute__((constructor)) static void construct(void) { data[30000] = half(14); }\n"
    host = library(tmp_path / "host/libofhost.so.1", start + ret("get", 1))
    text = "int get(void);\nint data[60000] = {1};\nint half(int value) { return value / 2; }\n" + ret("sum", "data[30000] + data[0] + get()")
    files = {
        "_main/main.py": "import ctypes\nprint(ctypes.CDLL('libofpar.so').sum())",
        "_main/libofpar.so": library(tmp_path / "made/libofpar.so", text, [host]),
    }
    app = make_par(tmp_path / "app.par", files, host_libraries=(host.name,))
    assert run([app], env={**ENVIRONMENT, "LD_LIBRARY_PATH": str(host.parent)}).stdout == "9\n"


def test_a_broken_import_of_an_extension_can_be_tried_again(tmp_path: Path) -> None:
    ext = extension(tmp_path / "made/ext.so", "int later(void);\nstatic int value(void) { return later(); }")
    files = {"_main/ext.so": ext, "_main/liblater.so": library(tmp_path / "made/liblater.so", ret("later", 3))}
    source = """
import ctypes
try:
    import ext
except ImportError:
    ctypes.CDLL("liblater.so", mode=ctypes.RTLD_GLOBAL)
    import ext
print(ext.value())
"""
    # Lazy binding would not notice the missing symbol.
    app = make_par(tmp_path / "app.par", {"_main/main.py": source, **files})
    assert run([sys.executable, app], env={**ENVIRONMENT, "LD_BIND_NOW": "1"}).stdout == "3\n"
