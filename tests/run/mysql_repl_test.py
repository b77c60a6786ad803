"""mysql_repl.par against a real MariaDB server: data goes in and comes back, and its libraries come from memory."""

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rules_par_testing import (
    assert_mapped_from_memory,
    assert_no_filesystem_libraries,
    native_members,
    needed_by_host,
    trace_file_changes,
)

from examples.mysql_repl.server import MariadbServer
from tests.run import minimal_root
from tests.run.live_par import ENVIRONMENT, LivePar

PAR = Path(os.environ["PAR"]).absolute()
# What the issue is about: the extension, the C library it links, and what that links.
LIBRARIES = ["_mysql", "libmariadb.so.3", "libssl.so.3", "libcrypto.so.3"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbServer]:
    with MariadbServer(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def par(tmp_path: Path) -> Path:
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    return Path(shutil.copy(PAR, directory / "mysql_repl.par"))


@pytest.fixture
def login(server: MariadbServer) -> list[str]:
    return ["--socket", server.socket, "--user", server.user]


def run(command: "list[str | Path]", text: "str | None" = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, env=ENVIRONMENT, input=text, capture_output=True, text=True, check=False)


def output(command: "list[str | Path]", text: "str | None" = None) -> str:
    done = run(command, text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demonstration() -> None:
    """What README's first command runs."""
    done = run([Path(os.environ["DEMO"]).absolute()])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "name\tmoons\nMars\t2\nNeptune\t16\n" in done.stdout
    assert done.stdout.endswith("Every library of the par is mapped from memory and the par.\n")


def test_runs_in_place(login: list[str]) -> None:
    assert output([PAR, *login, "-e", "SELECT 6 * 7 AS answer"]) == "answer\n42\n"


def test_creates_inserts_selects_and_reads_back(par: Path, login: list[str]) -> None:
    for sql in [
        "CREATE DATABASE shop CHARACTER SET utf8mb4",
        "CREATE TABLE shop.items (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), price DECIMAL(8,2))",
        "INSERT INTO shop.items (name, price) VALUES ('café', 2.50), ('tab\there', NULL), ('back\\\\slash', 0)",
    ]:
        assert output([par, *login, "-e", sql]) == ""
    # Another process, another connection: what it sees was stored.
    assert output([par, *login, "--database", "shop", "-e", "SELECT * FROM items ORDER BY id"]) == (
        "id\tname\tprice\n1\tcafé\t2.50\n2\ttab\\there\tNULL\n3\tback\\\\slash\t0.00\n"
    )


def test_several_statements(par: Path, login: list[str]) -> None:
    assert output([par, *login, "-e", "SELECT 1 AS a; SELECT 2 AS b", "-e", "SELECT 3 AS c"]) == "a\n1\nb\n2\nc\n3\n"


def test_a_statement_that_fails(par: Path, login: list[str]) -> None:
    done = run([par, *login, "-e", "SELECT 1", "-e", "SELECT * FROM nowhere.nothing", "-e", "SELECT 2"])
    assert (done.returncode, done.stdout) == (1, "1\n1\n")
    assert re.fullmatch(r"mysql_repl\.par: ERROR 1146: Table 'nowhere\.nothing' doesn't exist\n", done.stderr)


def test_no_server(par: Path) -> None:
    # Not in the test's directory: the path of a socket has at most 107 bytes (unix(7)).
    done = run([par, "--socket", "/nowhere/mariadb.sock", "-e", "SELECT 1"])
    assert (done.returncode, done.stdout) == (69, "")
    assert re.fullmatch(r"mysql_repl\.par: cannot connect: ERROR 2002: Can't connect to .* socket .*\n", done.stderr), (
        done.stderr
    )


def test_wrong_password(par: Path, server: MariadbServer) -> None:
    done = run([par, "--socket", server.socket, "--user", "nosuchuser", "--password", "x", "-e", "SELECT 1"])
    assert done.returncode == 69
    assert re.fullmatch(r"mysql_repl\.par: cannot connect: ERROR 1045: Access denied .*\n", done.stderr), done.stderr


def test_interactive_sql_and_python(par: Path, login: list[str]) -> None:
    """Over a pipe."""
    lines = """\
CREATE DATABASE talk;
create table talk.t (n int);
INSERT INTO talk.t
  VALUES (20), (22);
select = sum(n for (n,) in query("SELECT n FROM talk.t"))
for word in ("forty", "two"):
    print(word, end=" ")

print(select, cursor.execute("SELECT 1"), db.get_server_info()[:2].isdigit())
SELECT n, NULL AS nothing FROM talk.t ORDER BY n;
SELECT * FROM talk.missing;
SELECT 7 AS after_the_error;
"""
    done = run([par, *login], lines)
    assert done.returncode == 0, done.stderr
    said = done.stdout.replace(">>> ", "").replace("... ", "")
    assert "forty two 42 1 True\n" in said
    assert "n   nothing\n--  -------\n20  NULL\n22  NULL\n(2 rows)\n" in said
    assert "after_the_error\n---------------\n7\n(1 row)\n" in said
    assert "ERROR 1146: Table 'talk.missing' doesn't exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_interactive_on_a_terminal(par: Path, login: list[str]) -> None:
    """With a terminal there is line editing, prompts, and the process stays: pmap looks at the REPL itself."""
    own, terminal = pty.openpty()
    process = subprocess.Popen(
        [par, *login], stdin=terminal, stdout=terminal, stderr=terminal, env={**ENVIRONMENT, "TERM": "dumb"}
    )
    os.close(terminal)
    said = b""

    def wait_for(text: bytes) -> None:
        nonlocal said
        while text not in said:
            said += os.read(own, 4096)
        said = said.partition(text)[2]

    wait_for(b">>> ")
    os.write(own, b"SELECT 6 * 7 AS answer,\n")
    wait_for(b"... ")
    os.write(own, b"  'b' AS second;\n")
    wait_for(b"42      b")
    wait_for(b">>> ")
    members = native_members(par)
    assert_mapped_from_memory(process.pid, LIBRARIES)
    assert_mapped_from_memory(process.pid, members)
    host = needed_by_host(process.pid, members)
    assert_no_filesystem_libraries(process.pid, members, allowed=host)
    assert not [path for path in host if "mariadb" in path or "libssl" in path or "libcrypto" in path]
    os.write(own, b"\x04")  # Ctrl-D
    assert process.wait() == 0
    os.close(own)


def test_maps_agree_with_pmap(par: Path, login: list[str]) -> None:
    report = output([par, *login, "-e", "SELECT 1", "--maps"])
    for library in LIBRARIES:
        assert re.search(rf"^{re.escape(library)}\S*\s+\d+  memfd(, code from the par)?$", report, re.MULTILINE), report
    assert re.search(r"^libc\.so\.6\s+\d+  /\S+/libc\.so\.6$", report, re.MULTILINE), report
    counted = re.search(r"^(\d+) from memfds and the par; (\d+) from files of the host: ", report, re.MULTILINE)
    assert int(counted[1]) == len(native_members(par))
    # And without a server to talk to.
    assert "libmariadb.so.3" in output([par, "--maps"])


def test_creates_and_changes_no_file(par: Path, login: list[str], tmp_path: Path) -> None:
    trace = trace_file_changes([par, *login, "-e", "SELECT 1", "--maps"], env=ENVIRONMENT, cwd=tmp_path)
    assert trace.returncode == 0, trace.stderr
    assert list(trace.unknown) == []
    assert [event.line for event in trace.events] == []


def test_another_user_empty_environment_read_only_root_no_tmp(par: Path, server: MariadbServer, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    directory, _, socket = server.socket.rpartition("/")
    # The server checks a password, not who connects; but the directory must be open to others.
    os.chmod(directory, 0o755)
    options = [f"--copy={par}:x.par", f"--show={directory}:server"]
    arguments = ["--socket", f"/server/{socket}", "--user", server.user, "-e", "SELECT 6 * 7 AS answer"]
    done = run([sys.executable, minimal_root.__file__, str(root), *options, "--", "/x.par", *arguments])
    assert (done.returncode, done.stdout, done.stderr) == (0, "answer\n42\n", "")


def test_live_par_has_all_libraries_of_the_issue(par: Path, login: list[str]) -> None:
    """The members are there by those names: the other tests would not notice one that was never in the par."""
    names = {member.name for member in native_members(par)}
    assert {"libmariadb.so.3", "libssl.so.3", "libcrypto.so.3"} <= names
    with LivePar(par, [*login, "-e", "SELECT 1"]) as live:
        assert live.ask("import MySQLdb._mysql; result = MySQLdb._mysql.__file__").startswith(f"{par}/")
        assert_mapped_from_memory(live.pid, LIBRARIES)
