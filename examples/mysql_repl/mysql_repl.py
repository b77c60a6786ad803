"""A console for MySQL and MariaDB in one file.

    bazel build //examples/mysql_repl:mysql_repl.par
    mysql_repl.par --host db.example.org --user me --password secret --database shop
    mysql_repl.par --socket /run/mysqld/mysqld.sock -e "SELECT 1" -e "SELECT 2"    # for scripts: tab-separated
    mysql_repl.par --maps                                                          # where each library comes from

`MySQLdb._mysql` is a C extension that links libmariadb, which links libssl, libcrypto, libz ... None of these is on the
machine that runs the par, none is unpacked: all are loaded from the par into memory, as --maps and pmap show.

In the console a line that begins with an SQL keyword is SQL, and goes on to a line that ends in ";". Everything else is
Python. Exit status: 0; 1 when a statement of -e failed; 2 for wrong arguments; 69 when there is no connection.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import MySQLdb

from examples.mysql_repl import statements
from examples.mysql_repl.console import describe, interact
from examples.mysql_repl.library_map import report

NO_CONNECTION = 69  # EX_UNAVAILABLE of sysexits.h


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A console for MySQL and MariaDB that takes SQL and Python.")
    parser.add_argument("--host", help="server (default: this machine)")
    parser.add_argument("--port", type=int, help="TCP port (default: 3306)")
    parser.add_argument("--user", help="default: the user who runs this")
    parser.add_argument("--password", help="default: none")
    parser.add_argument("--socket", help="Unix socket of a server on this machine")
    parser.add_argument("--database", help="database to use")
    parser.add_argument(
        "-e", "--execute", action="append", metavar="SQL", help="run this, print tab-separated rows, and leave"
    )
    parser.add_argument(
        "--maps", action="store_true", help="print where each library is mapped from, after -e, and leave"
    )
    return parser.parse_args()


def connect(arguments: argparse.Namespace) -> Any:
    """A connection that commits each statement. Raises MySQLdb.Error."""
    given = {
        "host": arguments.host,
        "port": arguments.port,
        "user": arguments.user,
        "password": arguments.password,
        "unix_socket": arguments.socket,
        "database": arguments.database,
    }
    options = {name: value for name, value in given.items() if value is not None}
    return MySQLdb.connect(charset="utf8mb4", autocommit=True, **options)


def fail(status: int, message: str) -> int:
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    return status


def main() -> int:
    arguments = parse_arguments()
    if arguments.execute or not arguments.maps:
        try:
            database = connect(arguments)
        except MySQLdb.Error as error:
            return fail(NO_CONNECTION, f"cannot connect: {describe(error)}")
        if not arguments.execute:
            interact(database)
            return 0
        try:
            for sql in arguments.execute:
                for result in statements.run(database, sql):
                    print(statements.tab_separated(result), end="")
        except MySQLdb.Error as error:
            return fail(1, describe(error))
    if arguments.maps:
        print(report(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
