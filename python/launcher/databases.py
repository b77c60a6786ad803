"""SQLite databases of the par, for sqlite3, where no interposer serves SQLite: they are read into memory."""

import os

from _rules_par.files import _Wrapped


class _Connect(_Wrapped):
    """sqlite3.connect."""

    def __init__(self, original, inside, error):
        super().__init__("sqlite3", original, inside)
        self._error = error

    def __call__(self, *args, **kwargs):
        try:
            return self._original(*args, **kwargs)
        except self._error as error:
            failure = error.with_traceback(None)
        try:
            return self._inside(failure, *args, **kwargs)
        finally:
            failure = None


def patch(sqlite3, archive) -> None:
    """`sqlite3`: the module _sqlite3."""
    if not hasattr(sqlite3.Connection, "deserialize"):
        return  # before Python 3.11, or a SQLite without it
    connect = sqlite3.connect

    def connect_inside(failure, database, *args, **kwargs):
        path = os.fsdecode(database)
        if kwargs.get("uri") and path.startswith("file:"):
            from urllib.parse import unquote, urlsplit

            path = unquote(urlsplit(path).path)
        relative = archive.relative(path)
        member = archive.member(relative) if relative else None
        if member is None:
            raise failure
        connection = connect(":memory:", *args, **{**kwargs, "uri": False})
        connection.deserialize(archive.read_at(member[0], member[1]))
        connection.execute("PRAGMA query_only = ON")
        return connection

    sqlite3.connect = _Connect(connect, connect_inside, sqlite3.OperationalError)
