"""`pytest_test`: a py_test whose files pytest runs."""

load("@rules_python//python:defs.bzl", "py_test")

_MAIN = Label("//tests:pytest_main.py")

def pytest_test(name, srcs, deps = [], args = [], **kwargs):
    """A py_test that gives `srcs` to pytest.

    `--test_filter=EXPRESSION` is pytest's `-k`, `--test_arg` adds arguments, sharding works.

    Args:
      name: name of the target.
      srcs: the test files, each run by pytest; helper modules belong in a py_library.
      deps: what they import; pytest itself is added.
      args: further arguments for pytest.
      **kwargs: further attributes of py_test.
    """
    py_test(
        name = name,
        srcs = srcs + [_MAIN],
        args = ["$(rootpath %s)" % src for src in srcs] + args,
        main = _MAIN,
        deps = deps + [Label("@test_pip//pytest")],
        **kwargs
    )
