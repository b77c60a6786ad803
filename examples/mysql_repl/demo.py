"""Shows mysql_repl.par at work against a real server: `bazel run //examples/mysql_repl:demo`.

Starts a MariaDB server in a temporary directory, talks to it through the par, shows where the par's libraries are
mapped from, and stops the server. Exit status 0 when the answers were the expected ones and every library came from
memory.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from examples.mysql_repl.server import MariadbServer, ServerError

PAR = Path(__file__).with_name("mysql_repl.par")

STATEMENTS = (
    "CREATE DATABASE demo",
    "CREATE TABLE demo.planets (name VARCHAR(20), moons INT)",
    "INSERT INTO demo.planets VALUES ('Mars', 2), ('Neptune', 16), ('Venus', 0)",
    "SELECT name, moons FROM demo.planets WHERE moons > 0 ORDER BY moons",
)
EXPECTED = "name\tmoons\nMars\t2\nNeptune\t16\n"


def native_members() -> list[str]:
    """The base names of the shared objects in the par, which is a ZIP archive."""
    with zipfile.ZipFile(PAR) as archive:
        found = [name for name in archive.namelist() if archive.open(name).read(4) == b"\x7fELF"]
    return [Path(name).name for name in found]


def run_par(server: MariadbServer, *arguments: str) -> str:
    shown = " ".join(f'"{argument}"' if " " in argument else argument for argument in arguments)
    print(f"$ {PAR.name} {shown}", flush=True)
    command = [PAR, "--socket", server.socket, "--user", server.user, *arguments]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    print(output, flush=True)
    return output


def demonstrate(server: MariadbServer) -> "str | None":
    """What went wrong, if anything."""
    for statement in STATEMENTS[:-1]:
        run_par(server, "-e", statement)
    if run_par(server, "-e", STATEMENTS[-1]) != EXPECTED:
        return f"expected\n{EXPECTED}"
    lines = run_par(server, "-e", "SELECT VERSION()", "--maps").splitlines()
    from_memory = {line.split()[0] for line in lines if " memfd" in line}
    missing = set(native_members()) - from_memory
    if missing or not from_memory:
        return f"not mapped from memory: {', '.join(sorted(missing)) or 'nothing is'}"
    return None


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="mysql_repl_demo.") as directory:
        print("starting a MariaDB server in", directory, flush=True)
        try:
            with MariadbServer(directory) as server:
                failure = demonstrate(server)
        except ServerError as error:
            failure = str(error)
        except subprocess.CalledProcessError as error:
            failure = f"{PAR.name} ended with status {error.returncode}"
    if failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    print("Every library of the par is mapped from memory and the par.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
