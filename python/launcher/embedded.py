"""Where the stub starts a Python that it took from the par (python/stub/python.c).

That Python was configured without a place: no prefix, no sys.path, no site. Here it learns that all of it is in the par.
"""

import sys

import _rules_par_stub

RUNTIME = "_python"  # directory of the par with the installation of Python: bin, lib


def run() -> None:
    """Runs the par as the program of this process."""
    descriptor, path, controls = _rules_par_stub.started()
    sys.argv[0] = path
    from _rules_par import launcher

    launcher.run(path, descriptor, controls)


def begin_interpreter() -> None:
    """Makes another interpreter of this process (PEP 554) one of the par: Python has just imported `encodings` for it, which
    calls this (tools/builder/runtime.py)."""
    import atexit
    import posix

    import _rules_par_interposer

    from _rules_par import launcher, reentry, site_builtins
    from _rules_par.archive import Archive

    descriptor, path, _ = _rules_par_stub.started()
    ours = posix.stat("/proc/self/exe")
    try:
        found = posix.fstat(descriptor)
    except OSError:
        found = None
    if found is None or (found.st_ino, found.st_dev) != (ours.st_ino, ours.st_dev):  # a daemon closed it
        descriptor = posix.open("/proc/self/exe", posix.O_RDONLY | posix.O_CLOEXEC)
    if sys.argv:
        sys.argv[0] = path
    archive = Archive(path, descriptor)
    settle(archive)
    launcher.install(archive, path)
    atexit.register(_rules_par_interposer.stop)  # what it refers to would never be freed
    site_builtins.add()
    sys.executable = reentry.executable(archive) or sys.executable


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
