"""Build command of the compatibility runner: a site directory and a script become a par.

    build_par.py --workspace=DIR --rules_par=DIR --mode=MODE SITE SMOKE OUT

The par is what a user of rules_par would get: a repository with a MODULE.bazel, a `py_wheel_library` for each
distribution, a `par_binary` for the script. All packages share that repository and its Bazel server.
Run by the CPython that the pars are for.
"""

import argparse
import fcntl
import re
import shutil
import subprocess
import sys
from pathlib import Path

import wheels

_MODULE = """\
module(name = "rules_par_compat")

bazel_dep(name = "rules_cc", version = "0.2.17")
bazel_dep(name = "rules_par")
bazel_dep(name = "rules_python", version = "1.7.0")

local_path_override(
    module_name = "rules_par",
    path = "{rules_par}",
)

runtime = use_extension("@rules_par//python:extensions.bzl", "runtime")
runtime.local(
    name = "python_runtime",
    interpreter = "{python}",
)
use_repo(runtime, "python_runtime")

register_toolchains(
    "//:python_toolchain",
    "@python_runtime//:toolchain",
)
"""

_TOOLCHAIN = """\
load("@rules_python//python:defs.bzl", "py_runtime", "py_runtime_pair")

py_runtime(
    name = "python",
    interpreter_path = "{python}",
    python_version = "PY3",
)

py_runtime_pair(
    name = "python_pair",
    py3_runtime = ":python",
)

toolchain(
    name = "python_toolchain",
    toolchain = ":python_pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

_WHEELS = """\
load("@rules_par//python:defs.bzl", "py_wheel_library")

package(default_visibility = ["//visibility:public"])

[py_wheel_library(
    name = wheel.removesuffix(".whl"),
    whl = wheel,
) for wheel in glob(["*.whl"])]
"""

# What the builder says where a library is neither in the par nor every host's.
_CURE = re.compile(r'or host_libraries = \["([^"]+)"\]')

_PROGRAM = """\
load("@rules_par//python:defs.bzl", "par_binary")

par_binary(
    name = "{name}",
    srcs = ["{name}.py"],
    host_libraries = {host_libraries},
    main = "{name}.py",
    mode = "{mode}",
    deps = {deps},
)
"""


def write(path: Path, content: str) -> None:
    """Bazel looks at times: what has not changed stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != content:
        path.write_text(content)


def build(workspace: Path, rules_par: Path, mode: str, site: Path, smoke: Path, out: Path) -> int:
    write(workspace / "MODULE.bazel", _MODULE.format(rules_par=rules_par, python=sys.executable))
    write(workspace / "BUILD.bazel", _TOOLCHAIN.format(python=sys.executable))
    write(workspace / "wheels/BUILD.bazel", _WHEELS)
    deps = [f"//wheels:{name.removesuffix('.whl')}" for name in wheels.write_wheels(site, workspace / "wheels")]
    package = workspace / "programs" / smoke.stem
    write(package / smoke.name, smoke.read_text())
    command = [
        rules_par / "bazelw",
        f"--output_base={workspace.parent / 'bazel'}",
        "--max_idle_secs=900",
        "build",
        "--lockfile_mode=off",
        "--noshow_progress",
        # The interpreter, and the sources of rules_par, may be in /tmp.
        "--noincompatible_sandbox_hermetic_tmp",
        f"//programs/{smoke.stem}:{smoke.stem}.par",
    ]
    host_libraries: "list[str]" = []
    while True:
        write(package / "BUILD.bazel", _PROGRAM.format(name=smoke.stem, mode=mode, deps=deps, host_libraries=host_libraries))
        done = subprocess.run(command, cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        # A wheel may need more of a host than every host has: its user is told, and does as told.
        cures = [name for name in _CURE.findall(done.stdout) if name not in host_libraries]
        if not done.returncode or not cures:
            break
        host_libraries += cures
    print(done.stdout, end="")
    if not done.returncode:
        # Not a copy: the pars of a corpus are many and large, and nobody builds one again as it was.
        shutil.move(workspace / f"bazel-bin/programs/{smoke.stem}/{smoke.stem}.par", out)
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True, help="directory for the repository")
    parser.add_argument("--rules_par", type=Path, required=True, help="source tree of rules_par")
    parser.add_argument("--mode", required=True, help="mode of the par")
    parser.add_argument("site", type=Path, help="what pip install --target made")
    parser.add_argument("smoke", type=Path, help="the program")
    parser.add_argument("out", type=Path, help="the par")
    flags = parser.parse_args()
    flags.workspace.mkdir(parents=True, exist_ok=True)
    with (flags.workspace / "lock").open("w") as lock:  # packages may be tested several at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build(flags.workspace, flags.rules_par, flags.mode, flags.site, flags.smoke, flags.out)


if __name__ == "__main__":
    sys.exit(main())
