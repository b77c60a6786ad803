"""A test of which part of the standard library is the standard one."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("//python/toolchain:standard_library.bzl", "is_standard")

_STANDARD = [
    "__phello__/__init__.py",
    "_sysconfigdata__linux_x86_64-linux-gnu.py",
    "lib-dynload/_ctypes.cpython-314-x86_64-linux-gnu.so",
    "lib-dynload/_xxsubinterpreters.cpython-312-x86_64-linux-gnu.so",
    "lib2to3/Grammar.txt",
    "os.py",
    "pydoc_data/topics.py",
    "unittest/mock.py",
    "venv/scripts/common/activate",
]

_EXTRA = [
    "config-3.14-x86_64-linux-gnu/Makefile",
    "distutils/tests/test_core.py",
    "ensurepip/_bundled/pip-25.0-py3-none-any.whl",
    "idlelib/idle.py",
    "lib-dynload/_ctypes_test.cpython-314-x86_64-linux-gnu.so",
    "lib-dynload/_testcapi.cpython-314-x86_64-linux-gnu.so",
    "lib-dynload/_tkinter.cpython-314-x86_64-linux-gnu.so",
    "lib-dynload/xxlimited_35.cpython-314-x86_64-linux-gnu.so",
    "test/support/__init__.py",
    "tkinter/ttk.py",
    "turtle.py",
    "turtledemo/clock.py",
    "unittest/test/test_case.py",
]

def _standard_library_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, _STANDARD, [name for name in _STANDARD + _EXTRA if is_standard(name)])
    return unittest.end(env)

standard_library_test = unittest.make(_standard_library_test_impl)
