"""SQLite databases in the par, by path: with the interposer, which is in a par that has native members, and without."""

import sqlite3
from pathlib import Path

import pytest

from tests.builder.objects import library
from tests.launcher.programs import make_par, run

MAIN = """
import os, pathlib, sqlite3, sys
here = os.path.dirname(__file__)

def rows(*args, **kwargs):
    with sqlite3.connect(*args, **kwargs) as connection:
        return connection.execute("select n from t").fetchall()

print(rows(here + "/data.db"), rows(pathlib.Path(here, "data.db")), rows(os.fsencode(here + "/data.db")), rows(database=here + "/data.db", timeout=1))
print(rows(f"file:{here}/data.db?mode=ro", uri=True), rows(f"file:{here}/with%20space.db?immutable=1", uri=True))

class Own(sqlite3.Connection):
    pass

print(type(sqlite3.dbapi2.connect(here + "/data.db", factory=Own)).__name__)
for path in (here + "/data.db", here + "/none.db", here + "/text", here + "/data.db/none", "/nowhere/x.db", here):
    try:
        with sqlite3.connect(path) as connection:
            connection.execute("insert into t values (1)")
    except sqlite3.Error as error:
        print(path.replace(here, "HERE"), type(error).__name__)
with sqlite3.connect(":memory:") as connection:
    connection.execute("create table t (n)")
    connection.execute("insert into t values (1)")
with sqlite3.connect(sys.argv[1]) as connection:
    connection.execute("create table t (n)")
print(os.path.getsize(sys.argv[1]) > 0)
"""
EXPECTED = """\
[(7,)] [(7,)] [(7,)] [(7,)]
[(7,)] [(7,)]
Own
HERE/data.db OperationalError
HERE/none.db OperationalError
HERE/text DatabaseError
HERE/data.db/none OperationalError
/nowhere/x.db OperationalError
HERE OperationalError
True
"""


@pytest.mark.parametrize("has_natives", [True, False])
def test_sqlite_reads_databases_of_the_par(tmp_path: Path, has_natives: bool) -> None:
    database = tmp_path / "data.db"
    with sqlite3.connect(database) as connection:
        connection.execute("create table t (n)")
        connection.execute("insert into t values (7)")
    connection.close()
    files = {"_main/main.py": MAIN, "_main/data.db": database, "_main/with space.db": database, "_main/text": "x" * 5000}
    if has_natives:
        files["_main/libx.so"] = library(tmp_path / "made/libx.so")
    (tmp_path / "out").mkdir()
    done = run([make_par(tmp_path / "app.par", files), tmp_path / "out/new.db"])
    assert done.stdout == EXPECTED
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new.db"]
