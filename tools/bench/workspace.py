"""A repository of its own that builds the programs with rules_par, as a user would."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from tools.bench.apps import App, all_apps
from tools.bench.commands import run

_MODES = ("system", "embedded", "full")
_MODULE = """\
module(name = "rules_par_bench")

bazel_dep(name = "rules_par")
bazel_dep(name = "rules_python", version = "1.7.0")
local_path_override(module_name = "rules_par", path = "../rules_par")

pip = use_extension("@rules_par//python:extensions.bzl", "pip")
runtime = use_extension("@rules_par//python:extensions.bzl", "runtime")
runtime.local(name = "python_runtime")
use_repo(runtime, "python_runtime")
register_toolchains("@python_runtime//:toolchain")
"""
_PACKAGES = """
pip.parse(hub_name = "{app}_pip", requirements_lock = "//:{app}_requirements.txt")
use_repo(pip, "{app}_pip")
"""
_BUILD = """\
load("@rules_par//python:defs.bzl", "par")
load("@rules_python//python:defs.bzl", "py_binary")

py_binary(
    name = "{app}",
    srcs = glob(["**/*.py"]),
    imports = ["."],
    main = "main.py",
    deps = {deps},
)

[par(name = mode + ".par", binary = ":{app}", mode = mode) for mode in {modes}]
"""


class Workspace:
    """The repository in a directory, with the output base and a copy of rules_par, at which somebody may be at work.

    Attributes:
        root: of the repository.
    """

    def __init__(self, directory: Path):
        self.root = directory / "repository"
        self._output = directory / "output"
        self._rules_par = directory / "rules_par"
        if not self.root.exists():
            self._write()

    def _write(self) -> None:
        ignored = shutil.ignore_patterns(".git", "bazel-*", "__pycache__")
        # The directory of a `bazel run`.
        shutil.copytree(os.environ["BUILD_WORKSPACE_DIRECTORY"], self._rules_par, symlinks=True, ignore=ignored)
        self.root.mkdir()
        module = _MODULE
        for app in all_apps().values():
            if app.lock:
                module += _PACKAGES.format(app=app.name)
                shutil.copy(app.lock, self.root / f"{app.name}_requirements.txt")
        (self.root / "MODULE.bazel").write_text(module, encoding="utf-8")
        (self.root / "BUILD.bazel").write_text('exports_files(glob(["*.txt"]))\n', encoding="utf-8")

    def package(self, app: App) -> Path:
        """The directory of an app; not of its name, which is that of what it imports."""
        package = self.root / f"{app.name}_app"
        if not package.exists():
            app.write(package)
            deps = [f"@{app.name}_pip//{each}" for each in app.packages]
            (package / "BUILD.bazel").write_text(_BUILD.format(app=app.name, deps=deps, modes=_MODES), encoding="utf-8")
        return package

    def build(self, app: App, mode: str) -> Path:
        """The par of an app. Raises Failed."""
        self.package(app)
        self.bazel("build", f"//{app.name}_app:{mode}.par")
        return self.root / f"bazel-bin/{app.name}_app/{mode}.par"

    def bazel(self, *arguments: str) -> float:
        """Runs Bazel, and returns the seconds that it took. Raises Failed."""
        begin = time.perf_counter()
        run([self._rules_par / "bazelw", f"--output_base={self._output}", *arguments, "--lockfile_mode=off"], directory=self.root)
        return time.perf_counter() - begin
