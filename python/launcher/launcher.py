"""Starts the program of a par: checks, import and file functions, main."""

import gc
import posix
import sys

import _rules_par
from _rules_par import program, reentry
from _rules_par.archive import Archive
from _rules_par.errors import SYSTEM, WRONG_PYTHON, Refusal

# What a caller may say by the environment. The stub knows them in this order too.
_CONTROLS = (b"PAR_INTERPRETER", b"PAR_MODULE", b"PAR_PATH", b"PAR_SCRIPT")


def run(path: str, descriptor: "int | None" = None, controls: tuple = ()) -> None:
    """Runs the par at `path` as the program of this process. Exits with a status of errors.py when it cannot.
    `descriptor`, `controls` (values of _CONTROLS): from the stub, when this Python is the par's own."""
    try:
        archive = Archive(path, descriptor)
        if _rules_par.finder:
            _rules_par.finder.archive = archive
        if archive.embedded:
            from _rules_par import embedded

            embedded.settle(archive)
        else:
            _check_python(archive.root["python"])
            if archive.root["natives"][1]:
                _check_memory()
        importer = install(archive, path)
        if archive.embedded or sys.flags.no_site:
            from _rules_par import site_builtins

            site_builtins.add()
        python, executable = sys.executable, reentry.executable(archive)
        sys.executable = executable or python
        is_interpreter = reentry.is_wanted(sys.argv[0])
        chosen = None
        if any(controls) or not posix.environ.keys().isdisjoint(_CONTROLS) or (archive.root["entry_points"] and not is_interpreter):
            from _rules_par import entry_point

            chosen = entry_point.choose(archive, importer, controls or _take(_CONTROLS), python, is_interpreter)
    except Refusal as refusal:
        sys.stderr.write(f"{path}: {refusal.message}\n")
        sys.exit(refusal.status)
    gc.freeze()
    if chosen is not None:
        chosen()
    elif is_interpreter:
        from _rules_par import interpreter

        interpreter.run(python, archive)
    else:
        _run_main(archive, importer)


def _take(names: tuple) -> "list[bytes | None]":
    """The values of the variables, which are then gone from os.environ, and from what children get."""
    values = [posix.environ.pop(name, None) for name in names]  # the dict that is behind os.environ
    for name, value in zip(names, values):
        if value is not None:
            posix.unsetenv(name)
    return values


def _check_python(built: dict) -> None:
    import _imp

    version = ".".join(map(str, built["version"]))
    machine = posix.uname().machine
    running = f"{sys.version_info[0]}.{sys.version_info[1]} ({sys.executable})"
    if built["machine"] and built["machine"] != machine:
        raise Refusal(WRONG_PYTHON, f"was built for {built['machine']}, this machine is {machine}: build it for this platform")
    if built["exact"]:
        if sys.version_info[:2] != built["version"]:
            raise Refusal(WRONG_PYTHON, f"was built for Python {version}, this is {running}: run it with python{version}")
        suffix = _imp.extension_suffixes()[0]
        if suffix != built["suffix"]:
            raise Refusal(
                WRONG_PYTHON,
                f"was built for extension modules named *{built['suffix']}, {sys.executable} loads *{suffix}: "
                "run it with an interpreter of that ABI",
            )
    elif sys.version_info[:2] < built["minimum"]:
        minimum = ".".join(map(str, built["minimum"]))
        raise Refusal(WRONG_PYTHON, f"needs Python {minimum} or newer, this is {running}: run it with python{version}")


def _check_memory() -> None:
    from _rules_par import memory

    try:
        descriptor = memory.create("rules_par")
    except OSError as error:
        raise Refusal(
            SYSTEM, f"memfd_create is refused ({error.strerror}): allow it in the seccomp filter, or use Linux 3.17 or newer"
        ) from None
    try:
        posix.stat(f"/proc/self/fd/{descriptor}")
    except OSError:
        raise Refusal(SYSTEM, "its libraries are opened through /proc/self/fd: mount /proc") from None
    finally:
        posix.close(descriptor)


def install(archive: Archive, path: str):
    """Makes the par importable and readable; returns what imports from it."""
    from _rules_par.after_import import AfterImport
    from _rules_par.files import Files
    from _rules_par.importer import Importer

    importer = Importer(archive)
    importer.install()
    sys.path[:] = [f"{archive.path}/{root}" if root else archive.path for root in archive.root["roots"]] + [
        each for each in sys.path if each != path
    ]
    files = Files(archive)
    hooks = _hooks(archive, importer)
    if archive.embedded:
        from _rules_par.interposer import Interposer

        Interposer(archive, lambda: importer.natives).start()
        hooks.update(files.hooks_above_interposer())
    else:
        from _rules_par import standard_library

        standard_library.install()
        files.install()
        hooks.update(files.hooks())
        hooks.update(_hooks_without_interposer(archive, importer))
    if archive.root["natives"][1]:
        hooks["ctypes.util"] = lambda module: _libraries(archive, importer).patch_ctypes_util(module)
        if not archive.embedded or archive.root["outside"][1]:
            hooks.update(_hooks_of_dlopen(archive, importer))
    sys.meta_path.insert(0, AfterImport(hooks))
    return importer


def _hooks(archive: Archive, importer) -> dict:
    """For AfterImport: what most programs never import is imported with what it is for."""

    def site_packages(name: str):
        def patch(module) -> None:
            from _rules_par import site_packages

            getattr(site_packages, name)(module, archive)

        return patch

    def patch_ssl(ssl) -> None:
        from _rules_par import trust

        trust.patch(ssl)

    return {
        "argparse": _name_program,
        "site": site_packages("patch_site"),
        **({"ssl": patch_ssl, "venv": site_packages("patch_venv")} if archive.embedded else {}),
    }


def _hooks_without_interposer(archive: Archive, importer) -> dict:
    """The same, where libc's open and dlopen do not know the par."""

    def is_served() -> bool:
        return bool(archive.root["interposer"][1]) and importer.natives.serve_host_libraries()

    def patch_ssl(ssl) -> None:
        if not is_served():
            from _rules_par.certificates import Certificates

            Certificates(archive).patch(ssl)

    def patch_sqlite(sqlite) -> None:
        if not is_served():
            from _rules_par import databases

            databases.patch(sqlite, archive)

    return {"_sqlite3": patch_sqlite, "ssl": patch_ssl}


def _hooks_of_dlopen(archive: Archive, importer) -> dict:
    """The same, where dlopen by itself does not do for libraries of the par, or for those outside of it."""
    return {
        "ctypes": lambda module: _libraries(archive, importer).patch_ctypes(module),
        "_cffi_backend": lambda module: _libraries(archive, importer).patch_cffi(module),
    }


def _libraries(archive: Archive, importer):
    from _rules_par.libraries import Libraries

    return Libraries(archive, importer.natives)


def _name_program(argparse) -> None:
    # Since 3.14 argparse derives the name in its messages from __main__.__spec__ ("python3 -m app.main"). What was
    # started is the par.
    if hasattr(argparse, "_prog_name"):
        from os.path import basename

        argparse._prog_name = lambda prog=None: basename(sys.argv[0]) if prog is None else prog


def _run_main(archive: Archive, importer) -> None:
    """Runs main as module `__main__` with the spec of its real name: workers of multiprocessing find it by that name,
    relative imports work. `__package__` stays None, as for a script, or click would call the program "python -m ..."."""
    from _frozen_importlib import ModuleSpec

    from _rules_par.importer import ParSourceLoader

    name, member, offset, size = archive.root["main"]
    path = f"{archive.path}/{member}"
    loader = ParSourceLoader(importer, name or "__main__", path, member, offset, size)
    names = {"__file__": path, "__loader__": loader, "__cached__": None, "__spec__": None}
    if name:
        names["__spec__"] = ModuleSpec(name, loader, origin=path)
        names["__spec__"].has_location = True
    program.execute(program.compiled(loader.get_code, loader.name), names)
