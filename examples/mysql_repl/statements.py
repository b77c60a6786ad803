"""What is SQL, what is Python, and how a statement is run and its result shown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_KEYWORDS = (
    "alter analyze begin call commit create delete describe drop explain grant insert lock optimize rename "
    "replace revoke rollback savepoint select set show start truncate unlock update use"
)
_SQL = re.compile(rf"({'|'.join(_KEYWORDS.split())})(;|$|\s+(?![=\s]))", re.IGNORECASE)


def is_sql(line: str) -> bool:
    """The rule: a line is SQL when it begins, without indentation, with an SQL keyword in any case that is followed by
    a space and something other than "=" (or by nothing). Hence `show = 1` and `set(x)` are Python."""
    return _SQL.match(line) is not None


@dataclass(frozen=True)
class Result:
    """What one statement gave. `columns` is None for a statement without a result set."""

    columns: "tuple[str, ...] | None"
    rows: tuple[tuple[Any, ...], ...]
    affected: int


def run(database: Any, sql: str) -> Iterator[Result]:
    """Runs the statements in `sql`, separated by ";", one result each. Raises MySQLdb.Error at the first that fails."""
    with database.cursor() as cursor:
        cursor.execute(sql)
        while True:
            if cursor.description is None:
                yield Result(None, (), cursor.rowcount)
            else:
                columns = tuple(column[0] for column in cursor.description)
                yield Result(columns, tuple(cursor.fetchall()), cursor.rowcount)
            if cursor.nextset() is None:
                return


def _text(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return str(value)


def tab_separated(result: Result) -> str:
    """For scripts: a header and a line for each row; tab, newline and backslash in a value are escaped."""
    if result.columns is None:
        return ""
    escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})
    lines: Iterable[Sequence[Any]] = [result.columns, *result.rows]
    return "".join("\t".join(_text(value).translate(escapes) for value in line) + "\n" for line in lines)


def table(result: Result) -> str:
    """For people: columns aligned below their names, and how many rows there are."""
    if result.columns is None:
        return f"OK, {_count(result.affected)} affected\n"
    lines = [result.columns, *([_text(value) for value in row] for row in result.rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    drawn = ["  ".join(value.ljust(width) for value, width in zip(line, widths)).rstrip() for line in lines]
    drawn.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(drawn) + f"\n({_count(len(result.rows))})\n"


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
