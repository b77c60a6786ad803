"""The service of //examples/app, as a deployed copy: started, asked, looked at from outside, and stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from rules_par_testing import (
    assert_mapped_from_memory,
    assert_no_filesystem_libraries,
    native_members,
    trace_file_changes,
)

from tests.run.live_par import ENVIRONMENT

PAR = Path(os.environ["PAR"]).absolute()


class Server:
    """A running app.par on a free port."""

    def __init__(self, par: Path, *arguments: str):
        self.process = subprocess.Popen(
            [par, "--port", "0", *arguments],
            env=ENVIRONMENT,
            cwd=par.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), line + self.process.communicate()[1]
        self.url = line.split()[-1]

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path) as answer:
            return answer.read().decode()

    def stop(self, number: int) -> tuple[int, str]:
        """Exit status, and what was printed after the first line."""
        self.process.send_signal(number)
        output, _ = self.process.communicate()
        return self.process.returncode, output


# Starts the par of its argument, asks it once, and stops it.
_DRIVER = """
import signal, subprocess, sys, urllib.request
process = subprocess.Popen([sys.argv[1], "--port", "0"], stdout=subprocess.PIPE, text=True)
print(len(urllib.request.urlopen(process.stdout.readline().split()[-1]).read()))
process.send_signal(signal.SIGTERM)
sys.exit(process.wait())
"""


@pytest.fixture
def par(tmp_path: Path) -> Path:
    return Path(shutil.copy(PAR, tmp_path / "app.par"))


@pytest.fixture
def server(par: Path) -> Iterator[Server]:
    server = Server(par)
    yield server
    if server.process.poll() is None:
        server.process.kill()
        server.process.communicate()


def test_page_is_made_of_the_template_and_the_data_file(server: Server) -> None:
    page = server.get("")
    assert "<h1>Instruments</h1>" in page
    assert "<td>theodolite<td>1250.0" in page
    assert '<input name="q" value="&lt;b&gt;"' in server.get("?q=%3Cb%3E")


def test_search_forgives_typing_errors(server: Server) -> None:
    names = [product["name"] for product in json.loads(server.get("search?q=barometre"))]
    assert names == ["barometer"]
    assert json.loads(server.get("search?q=saxophone")) == []
    assert server.get("healthz") == "ok\n"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        server.get("nothing")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_cleanly(server: Server, number: int) -> None:
    assert server.get("healthz") == "ok\n"
    assert server.stop(number) == (0, "stopped\n")


def test_every_native_member_is_mapped_from_memory(server: Server, par: Path) -> None:
    """Nothing helps it: the service uses all of its native code by itself."""
    assert server.get("search?q=barometre")
    members = native_members(par)
    names = {member.name.partition(".")[0] for member in members}
    assert {"libedit_distance", "_yaml", "_speedups"} <= names
    assert_mapped_from_memory(server.process.pid, members)
    assert_no_filesystem_libraries(server.process.pid, members)


def test_creates_and_changes_no_file(par: Path, tmp_path: Path) -> None:
    trace = trace_file_changes([sys.executable, "-I", "-c", _DRIVER, par], env=ENVIRONMENT, cwd=tmp_path)
    assert (trace.returncode, int(trace.stdout) > 100) == (0, True), trace.stderr
    assert list(trace.unknown) == []
    assert [event.line for event in trace.events] == []


def test_runs_in_place() -> None:
    server = Server(PAR)
    assert "<h1>Instruments</h1>" in server.get("")
    assert server.stop(signal.SIGTERM) == (0, "stopped\n")


def test_flags(par: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("title: Other\nproducts: [{name: thing, price: 1}]\n")
    server = Server(par, "--catalogue", str(other))
    assert "<h1>Other</h1>" in server.get("")
    assert server.stop(signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("content", ["", "title: x", "products: {", "title: x\nproducts: [1]"])
def test_a_bad_catalogue_is_one_line(par: Path, tmp_path: Path, content: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(content)
    command = [par, "--catalogue", bad]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"app.par: {bad}: not a catalogue")


def test_help_names_the_program(par: Path) -> None:
    done = subprocess.run([par, "--help"], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: app.par [-h] [--host HOST]")
