"""Where the stub starts a Python that it took from the par (python/stub/python.c).

That Python was configured without a place: no prefix, no sys.path, no site. Here it learns that all of it is in the par.
"""

import builtins
import sys

from _rules_par import memory

RUNTIME = "_python"  # directory of the par with the installation of Python: bin, lib


def run() -> None:
    """Runs the par as the program of this process."""
    descriptor, path, memory.memfd_of_member, controls = sys._rules_par
    del sys._rules_par
    sys.argv[0] = path
    from _rules_par import launcher

    launcher.run(path, descriptor, controls)


def settle(archive) -> None:
    """Tells Python where it is, before anything outside of the frozen modules is imported."""
    version = "python%d.%d" % sys.version_info[:2]
    prefix = f"{archive.path}/{RUNTIME}"
    library = f"{prefix}/lib/{version}"
    sys.prefix = sys.exec_prefix = sys.base_prefix = sys.base_exec_prefix = prefix
    sys._base_executable = sys.executable = archive.path
    if hasattr(sys, "_stdlib_dir"):
        sys._stdlib_dir = library
    sys.path[:] = [library, f"{library}/lib-dynload"]
    if not sys.flags.ignore_environment:  # as an interpreter only
        import posix

        added = posix.environ.get(b"PYTHONPATH", b"").decode("utf-8", "surrogateescape")
        sys.path[:0] = added.split(":") if added else []
    # What is frozen and was imported before it could know its place.
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is None or spec.origin != "frozen" or name.startswith("_frozen_importlib"):
            continue
        relative = f"{library}/{name.replace('.', '/')}"
        if spec.submodule_search_locations is not None:
            module.__path__[:] = spec.submodule_search_locations[:] = [relative]
            relative = f"{relative}/__init__"
        module.__file__ = f"{relative}.py"
        if spec.loader_state is not None:
            spec.loader_state.filename = module.__file__


def add_builtins() -> None:
    """exit, quit, help, copyright: what the module site adds to the builtins. They are for people at a prompt; importing site
    for them would cost every program, so they become the real ones when they are used."""
    for name in ("quit", "exit", "copyright", "credits", "license", "help"):
        setattr(builtins, name, _OfSite(name))


class _OfSite:
    """Stands for an object that site puts into builtins."""

    def __init__(self, name: str):
        self._name = name

    def _real(self):
        import site

        site.setquit()
        site.setcopyright()
        site.sethelper()
        return getattr(builtins, self._name)

    def __call__(self, *args, **kwargs):
        return self._real()(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._real())

    def __getattr__(self, name):
        return getattr(self._real(), name)
