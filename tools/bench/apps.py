"""The programs that are measured. When one is done it has printed something, and waits until its stdin ends."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_SOURCES = Path(__file__).resolve().parent / "programs"
# What a par leaves out by default, and what does something when it is imported: opens a browser, prints.
_NOT_IMPORTED = frozenset(["antigravity", "ensurepip", "idlelib", "lib2to3", "test", "this", "tkinter", "turtle", "turtledemo"])
_LIST_MODULES = """
import os, pkgutil, sys
for module in pkgutil.walk_packages([os.path.dirname(os.__file__)], onerror=lambda name: None):
    parts = module.name.split(".")
    is_known = parts[0] in getattr(sys, "stdlib_module_names", parts)  # since 3.10
    if is_known and parts[0] not in sys.argv[1:] and "__main__" not in parts and "tests" not in parts:
        print(module.name)
"""
_TRY_IMPORT = """
import importlib, sys
importlib.import_module(sys.argv[1])
"""


@dataclass(frozen=True)
class Padding:
    """Files that a program has beside itself and does not use: `files`, of `size` bytes each."""

    files: int
    size: int


@dataclass(frozen=True)
class App:
    """A program.

    Attributes:
        name: also of its directory.
        about: for --help.
        arguments: what it is started with.
        packages: distributions that it needs.
        generated: path -> content of sources that are made, not kept here.
        paddings: name of a variant -> what it has beside the program; such an app is measured as pars only.
        padding: that of a variant.
        opt_in: whether it is not one of `all`.
    """

    name: str
    about: str
    arguments: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    generated: dict[str, str] = field(default_factory=dict)
    paddings: dict[str, Padding] = field(default_factory=dict)
    padding: Padding | None = None
    opt_in: bool = False

    @property
    def lock(self) -> Path | None:
        return _SOURCES / self.name / "requirements.txt" if self.packages else None

    def write(self, directory: Path) -> Path:
        """Puts the sources into a directory that does not exist yet; returns main.py."""
        if self.generated:
            for path, content in self.generated.items():
                (directory / path).parent.mkdir(parents=True, exist_ok=True)
                (directory / path).write_text(content, encoding="utf-8")
        else:
            directory.mkdir(parents=True)
            shutil.copy(_SOURCES / self.name / "main.py", directory)
        if self.padding:
            _pad(directory / "padding", self.padding)
        return directory / "main.py"

    def variants(self) -> dict[str, App]:
        """One app a padding: that of the program `hello`."""
        main = (_SOURCES / "hello/main.py").read_text(encoding="utf-8")
        return {
            name: App(f"{self.name}_{number}", self.about, generated={"main.py": main}, padding=padding)
            for number, (name, padding) in enumerate(self.paddings.items())
        }


def all_apps() -> dict[str, App]:
    """By name, in the order of the report. Cheap: `prepared` does the rest."""
    apps = [
        App("hello", "one line"),
        App("cowsay", "a small wheel", packages=("cowsay",)),
        App("black", "black --version", ("--version",), ("black",)),
        App("django", "django-admin --version", ("--version",), ("django",)),
        App("modules", "2,000 modules in 200 packages"),
        App("stdlib", "450 modules of the standard library"),
        App("numpy", "numpy", packages=("numpy",)),
        App("science", "pandas, scipy, scikit-learn", packages=("pandas", "scikit-learn", "scipy")),
        App("torch", "PyTorch without CUDA", packages=("torch", "numpy"), opt_in=True),
        App(
            "members",
            "hello in pars with 10 to 20,000 files more",
            paddings={"10": Padding(10, 100), "1,000": Padding(1000, 100), "20,000": Padding(20_000, 100)},
        ),
        App("size", "hello in pars with 10 and 500 MB more", paddings={"10 MB": Padding(10, 10**6), "500 MB": Padding(10, 50 * 10**6)}),
        App("size_3GB", "the same with 3 GB", paddings={"10 MB": Padding(10, 10**6), "3 GB": Padding(10, 300 * 10**6)}, opt_in=True),
    ]
    return {app.name: app for app in apps}


def prepared(app: App, python: str) -> App:
    """With the sources that have to be made, for an interpreter."""
    if app.name == "modules":
        return App(app.name, app.about, generated=_package_tree(packages=200, modules=9))
    if app.name == "stdlib":
        return App(app.name, app.about, generated={"main.py": _imports(_standard_modules(450, python))})
    return app


def _imports(names: list[str]) -> str:
    return "".join(f"import {name}\n" for name in ["sys", *names]) + "print('imported', flush=True)\nsys.stdin.read()\n"


def _pad(directory: Path, padding: Padding) -> None:
    """The files are different from each other, and holes but for the first bytes, so that they take no room here."""
    directory.mkdir()
    for number in range(padding.files):
        with open(directory / f"file{number:05}", "wb") as file:
            file.write(f"{number}\n".encode())
            file.truncate(padding.size)


def _package_tree(*, packages: int, modules: int) -> dict[str, str]:
    """`packages` packages, each with `modules` modules besides its __init__.py, all imported by main."""
    files = {}
    names = []
    for package in range(packages):
        files[f"package{package:03}/__init__.py"] = f'"""Package {package}."""\n\nNUMBER = {package}\n'
        for module in range(modules):
            names.append(f"package{package:03}.module{module}")
            files[names[-1].replace(".", "/") + ".py"] = _MODULE.format(package=package, module=module)
    return {**files, "main.py": _imports(names)}


_MODULE = '''"""Module {module} of package {package}: of the size and shape that application code has."""

from . import NUMBER

LIMIT = {module} + NUMBER


class Account:
    """Holds an amount."""

    def __init__(self, owner: str, amount: int = 0):
        self.owner = owner
        self.amount = amount

    def deposit(self, amount: int) -> int:
        if amount <= 0:
            raise ValueError(f"{{amount}} is not an amount")
        self.amount += amount
        return self.amount

    def __repr__(self) -> str:
        return f"Account({{self.owner!r}}, {{self.amount}})"


def total(accounts: "list[Account]") -> int:
    """Of all accounts that are below the limit."""
    return sum(account.amount for account in accounts if account.amount < LIMIT)
'''


def _standard_modules(count: int, python: str) -> list[str]:
    """Names of modules that a Python can import, each tried in a process of its own."""
    listed = subprocess.run(
        [python, "-I", "-W", "ignore", "-c", _LIST_MODULES, *sorted(_NOT_IMPORTED)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    names: list[str] = []
    for name in listed.stdout.split():
        if len(names) == count:
            break
        command = [python, "-I", "-W", "error", "-c", _TRY_IMPORT, name]  # none that is deprecated: it would say so
        if subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0:
            names.append(name)
    return names
