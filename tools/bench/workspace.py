"""A repository of its own that builds the programs with rules_par, as a user would."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
import zipfile
from pathlib import Path

from tools.bench.apps import App, all_apps
from tools.bench.commands import run

_MODULE = """\
module(name = "rules_par_bench")

bazel_dep(name = "rules_par")
bazel_dep(name = "rules_python", version = "1.7.0")
local_path_override(module_name = "rules_par", path = "../rules_par")

pip = use_extension("@rules_par//python:extensions.bzl", "pip")
runtime = use_extension("@rules_par//python:extensions.bzl", "runtime")
runtime.local(name = "python_runtime", interpreter = "{python}")
use_repo(runtime, "python_runtime")
register_toolchains("//:python", "@python_runtime//:toolchain")
"""
_PACKAGES = """
pip.parse(hub_name = "{app}_pip", python_interpreter = "{python}", requirements_lock = "//:{app}_requirements.txt")
use_repo(pip, "{app}_pip")
"""
_PYTHON = """\
load("@rules_python//python:defs.bzl", "py_runtime", "py_runtime_pair")

exports_files(glob(["*.txt"]))

py_runtime(name = "runtime", interpreter_path = "{python}", python_version = "PY3")

py_runtime_pair(name = "runtimes", py3_runtime = ":runtime")

toolchain(name = "python", toolchain = ":runtimes", toolchain_type = "@rules_python//python:toolchain_type")
"""
_BUILD = """\
load("@rules_par//python:defs.bzl", "par")
load("@rules_python//python:defs.bzl", "py_binary")

py_binary(
    name = "{app}",
    srcs = glob(["**/*.py"]),
    data = glob(["padding/**"], allow_empty = True),
    imports = ["."],
    main = "main.py",
    deps = {deps},
)

# The peers get the path of the interpreter, too. -IS: as in a virtual environment, the host's packages are out of sight.
par(
    name = "system.par",
    binary = ":{app}",
    interpreter = "{python} -IS",
    mode = "system",
)

[par(name = mode + ".par", binary = ":{app}", mode = mode) for mode in ["embedded", "full"]]
"""


class Workspace:
    """The repository in a directory, with the output base and a copy of rules_par, at which somebody may be at work.

    Attributes:
        root: of the repository.
    """

    def __init__(self, directory: Path, python: str):
        self.root = directory / "repository"
        self._output = directory / "output"
        self._rules_par = directory / "rules_par"
        self._python = python
        if not self.root.exists():
            self._write()

    def _write(self) -> None:
        ignored = shutil.ignore_patterns(".git", "bazel-*", "__pycache__")
        # The directory of a `bazel run`.
        shutil.copytree(os.environ["BUILD_WORKSPACE_DIRECTORY"], self._rules_par, symlinks=True, ignore=ignored)
        self.root.mkdir()
        module = _MODULE.format(python=self._python)
        for app in all_apps().values():
            if app.lock:
                module += _PACKAGES.format(app=app.name, python=self._python)
                shutil.copy(app.lock, self.root / f"{app.name}_requirements.txt")
        (self.root / "MODULE.bazel").write_text(module, encoding="utf-8")
        (self.root / "BUILD.bazel").write_text(_PYTHON.format(python=self._python), encoding="utf-8")

    def package(self, app: App) -> Path:
        """The directory of an app; not of its name, which is that of what it imports."""
        package = self.root / f"{app.name}_app"
        if not package.exists():
            app.write(package)
            deps = [f"@{app.name}_pip//{each}" for each in app.packages]
            (package / "BUILD.bazel").write_text(_BUILD.format(app=app.name, deps=deps, python=self._python), encoding="utf-8")
        return package

    def build(self, app: App, mode: str) -> Path:
        """The par of an app. Raises Failed."""
        self.package(app)
        self.build_times(app, mode)
        return self.root / f"bazel-bin/{app.name}_app/{mode}.par"

    def build_times(self, app: App, mode: str) -> dict[str, float]:
        """Builds the par of an app: `seconds` that Bazel took, `actions`: the sum of what its actions did, `worker`: what of that Bazel waited
        for the builder. Raises Failed."""
        profile = self.root.parent / "profile.gz"
        begin = time.perf_counter()
        self._bazel("build", f"//{app.name}_app:{mode}.par", f"--profile={profile}")
        seconds = time.perf_counter() - begin
        with gzip.open(profile) as file:
            events = json.load(file)["traceEvents"]
        sums = {"action processing": 0.0, "waiting for response from worker": 0.0}
        for event in events:
            if event.get("cat") in sums:
                sums[event["cat"]] += event["dur"] / 1e6
        actions, worker = sums.values()
        return {"seconds": seconds, "actions": actions, "worker": worker}

    def clean(self) -> None:
        """Removes all outputs; what was downloaded stays."""
        self._bazel("clean")

    def touch_source(self, app: App) -> None:
        with open(self.package(app) / "main.py", "a", encoding="utf-8") as file:
            file.write("# changed\n")

    def change_wheel(self, app: App) -> None:
        """The wheel of the first of the app's packages gets one module more."""
        (wheel,) = self._output.glob(f"external/*~{app.name}_pip_{app.packages[0].replace('-', '_')}/wheel/*.whl")
        with zipfile.ZipFile(wheel, "a") as file:
            file.writestr(f"_changed_by_bench_{len(file.namelist())}.py", "CHANGED = True\n")

    def remove(self, app: App) -> None:
        """The sources, and what was built of them."""
        package = self.package(app)
        shutil.rmtree(self.root / "bazel-bin" / package.name, ignore_errors=True)
        shutil.rmtree(package)

    def _bazel(self, *arguments: str) -> None:
        quiet = ("--lockfile_mode=off", "--noshow_progress", "--ui_event_filters=-info")
        run([self._rules_par / "bazelw", f"--output_base={self._output}", *arguments, *quiet], directory=self.root)
