"""Two repositories that use rules_par, one with MODULE.bazel and one with WORKSPACE, copied elsewhere and built there.

Each is built twice, in different directories, output bases and environments: the pars must be the same to the byte.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run import minimal_root

# The source tree: this file in the runfiles is a link into it.
HERE = Path(__file__).resolve().parent
RULES_PAR = HERE.parent.parent
# The option that says where rules_par is.
CONSUMERS = {"bzlmod": "--override_module", "workspace": "--override_repository"}


def find_bazel() -> str:
    for name in ("bazel", "bazelisk"):
        path = shutil.which(name)
        if path:
            return path
    pytest.fail(f"neither bazel nor bazelisk is on PATH ({os.environ['PATH']}): use ./bazelw, or --test_env=PATH")


class Checkout:
    """A copy of a consumer's repository, and of rules_par, with a Bazel that keeps all it makes beside them."""

    def __init__(self, consumer: str, rules_par: Path, directory: Path, environment: dict[str, str]):
        self.root = directory / "checkout"
        shutil.copytree(HERE / consumer, self.root)
        shutil.copytree(rules_par, directory / "rules_par", symlinks=True)
        self._override = f"{CONSUMERS[consumer]}=rules_par={directory / 'rules_par'}"
        # A Bazel that runs for one command is faster when Java does not optimise for a long life.
        options = ["--batch", "--host_jvm_args=-XX:TieredStopAtLevel=1", f"--output_base={directory / 'output'}"]
        self._startup = [find_bazel(), *options]
        # What Bazel and pip may need to know about this machine, and nothing of the Bazel around.
        inherited = {"PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
        inherited |= {name for name in os.environ if name.startswith(("PIP_", "SSL_CERT_"))}
        self._environment = {name: os.environ[name] for name in inherited if name in os.environ} | environment

    def bazel(self, command: str, *arguments: str, status: int = 0) -> str:
        """What Bazel said; it must end with this status."""
        done = subprocess.run(
            [*self._startup, command, self._override, "--noshow_progress", *arguments],
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    @property
    def par(self) -> Path:
        return self.root / "bazel-bin/app/app.par"


@pytest.fixture(scope="module")
def rules_par(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree as it is now: somebody may be at work in it."""
    snapshot = tmp_path_factory.mktemp("snapshot") / "rules_par"
    ignored = shutil.ignore_patterns(".git", "bazel-*", "__pycache__", "consumers")
    shutil.copytree(RULES_PAR, snapshot, symlinks=True, ignore=ignored)
    return snapshot


@pytest.mark.parametrize("consumer", sorted(CONSUMERS))
def test_builds_tests_and_runs(consumer: str, rules_par: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    checkout = Checkout(consumer, rules_par, first, {"HOME": str(first), "USER": "first", "LC_ALL": "C.UTF-8"})
    checkout.bazel("test", "//app:app.par", "//app:greeting_test.par")

    copy = shutil.copy(checkout.par, tmp_path / "copied.par")
    done = subprocess.run(
        [copy, "Nyvpr"], env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"<p>Hello, Alice!</p>\n", b"")

    # Another user, an empty environment, a read-only root and no /tmp.
    root = tmp_path / "root"
    root.mkdir()
    minimal = [sys.executable, minimal_root.__file__, str(root), f"--copy={copy}:app.par", "--", "/app.par", "Nyvpr"]
    done = subprocess.run(minimal, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"<p>Hello, Alice!</p>\n", b"")

    second = tmp_path / "second directory"
    second.mkdir()
    environment = {
        "HOME": str(second),
        "USER": "second",
        "LC_ALL": "POSIX",
        "TZ": "Asia/Kathmandu",
        "PYTHONHASHSEED": "7",
    }
    again = Checkout(consumer, rules_par, second, environment)
    again.bazel("build", "//app:app.par", "--output_groups=+par_audit")
    assert digest(again.par) == digest(Path(copy))

    # The tool that made it works where rules_par is not the main repository.
    audit = json.loads(again.par.with_name("app.par.audit.json").read_text())
    assert "libc.so.6" in audit["libraries_of_host"]

    # A promise that the program does not keep: getrandom came with glibc 2.25.
    again.bazel("build", "//app:promise.par", "--norun_validations")
    said = again.bazel("build", "//app:promise.par", status=1)
    assert "manylinux_2_17" in said and "libentropy.so" in said and "GLIBC_2.25" in said, said


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
