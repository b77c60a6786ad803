"""The interactive console: SQL and Python, line by line."""

import code
import sys
from typing import Any

import MySQLdb

from examples.mysql_repl import statements
from examples.mysql_repl.library_map import report

BANNER = """\
Connected to {server}, Python {python}.
A line that begins with an SQL keyword is SQL, up to a line that ends in ";". Everything else is Python, with
  db        the connection          query(sql)  runs SQL and returns the rows
  cursor    a cursor of it          maps()      shows where each library is mapped from
Ctrl-D ends."""


class Console(code.InteractiveConsole):
    """Reads Python as the ordinary console does, and SQL beside it."""

    def __init__(self, database: Any):
        self._database = database
        self._statement: list[str] = []
        bound = {
            "db": database,
            "cursor": database.cursor(),
            "query": self.query,
            "maps": lambda: print(report(), end=""),
        }
        super().__init__({"__name__": "__console__", "__doc__": None, **bound})

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Runs one statement or several; the rows of the last."""
        rows: tuple[tuple[Any, ...], ...] = ()
        for result in statements.run(self._database, sql):
            rows = result.rows
        return list(rows)

    def push(self, line: str, *arguments: Any, **options: Any) -> bool:
        """Takes a line; True when the statement, SQL or Python, goes on in the next."""
        begins = not self._statement and not self.buffer and statements.is_sql(line)
        if not begins and not self._statement:
            return super().push(line, *arguments, **options)
        self._statement.append(line)
        if not line.rstrip().endswith(";"):
            return True
        sql = "\n".join(self._statement)
        self._statement = []
        try:
            for result in statements.run(self._database, sql):
                self.write_out(statements.table(result))
        except MySQLdb.Error as error:
            self.write(describe(error) + "\n")
        return False

    def resetbuffer(self) -> None:
        """Ctrl-C gives up a statement that was begun."""
        self._statement = []
        super().resetbuffer()

    def write_out(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def describe(error: Exception) -> str:
    """One line for an error of the server or of the client library."""
    number, text = (*error.args, "", "")[:2] if error.args else ("", repr(error))
    return f"ERROR {number}: {text}".replace("\n", " ") if text else f"ERROR: {number}"


def interact(database: Any) -> None:
    """Runs the console until the end of the input."""
    if sys.stdin.isatty():
        try:
            import readline  # noqa: F401 - line editing; not every Python has it
        except ImportError:
            pass
    banner = BANNER.format(server=database.get_server_info(), python=sys.version.split()[0])
    Console(database).interact(banner, exitmsg="")
