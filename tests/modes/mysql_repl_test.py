"""mysql_repl in full mode against a real MariaDB server: the client library comes from the par, as all else does."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rules_par_testing import assert_mapped_from_memory, native_members, read_process_maps

from examples.mysql_repl.server import MariadbServer

PAR = Path(os.environ["PAR"]).absolute()
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbServer]:
    with MariadbServer(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def par(tmp_path: Path) -> Path:
    return Path(shutil.copy(PAR, tmp_path / "mysql_repl.par"))


@pytest.fixture
def login(server: MariadbServer) -> list[str]:
    return ["--socket", server.socket, "--user", server.user]


def run(command: "list[str | Path]") -> str:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def test_stores_and_reads_back(par: Path, login: list[str]) -> None:
    for sql in [
        "CREATE DATABASE shop CHARACTER SET utf8mb4",
        "CREATE TABLE shop.items (id INT PRIMARY KEY, name VARCHAR(40), price DECIMAL(8,2))",
        "INSERT INTO shop.items VALUES (1, 'café', 2.50), (2, NULL, 0)",
    ]:
        assert run([par, *login, "-e", sql]) == ""
    # Another process, another connection: what it sees was stored.
    assert run([par, *login, "--database", "shop", "-e", "SELECT * FROM items ORDER BY id"]) == (
        "id\tname\tprice\n1\tcafé\t2.50\n2\tNULL\t0.00\n"
    )


def test_nothing_of_the_host_is_mapped(par: Path, login: list[str]) -> None:
    """The connected console, as the real pmap shows it: the par, and memory."""
    process = subprocess.Popen(
        [par, *login],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("print('con' + 'nected', cursor.execute('SELECT 1'), flush=True)\n")
    process.stdin.flush()
    said = ""
    while "connected 1\n" not in said:
        line = process.stdout.readline()
        assert line, f"it has ended: {said}"
        said += line
    mappings = read_process_maps(process.pid)
    assert_mapped_from_memory(process.pid, ["_mysql", "libmariadb.so.3", "libssl.so.3", "libcrypto.so.3", "libc.so.6"])
    process.communicate()
    assert process.returncode == 0
    assert [each for each in mappings if each.path == str(par) and "x" in each.mode]
    assert [each.line for each in mappings if each.in_filesystem and each.path != str(par)] == []
    assert {"libmariadb.so.3"} <= {member.name for member in native_members(par)}
