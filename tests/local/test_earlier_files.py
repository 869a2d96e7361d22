"""Files of stacks that earlier versions made."""

from pathlib import Path

import duckdb

from hushflake.local.server.process.assembly import open_stack


def test_a_macro_of_an_earlier_version_goes_and_the_rows_stay(tmp_path: Path) -> None:
    path = tmp_path / "stack.duckdb"
    open_stack(path).close()
    with duckdb.connect(str(path)) as earlier:
        earlier.execute("CREATE TABLE data.t7 (A INT)")
        earlier.execute("INSERT INTO data.t7 VALUES (1)")
        earlier.execute("CREATE MACRO hush.arrays_overlap(a, b) AS error('called')")
    engine = open_stack(path)
    found = engine.database.execute(
        "SELECT count(*) FROM duckdb_functions() WHERE function_name = 'arrays_overlap'"
    ).fetchone()
    rows = engine.database.execute("SELECT A FROM data.t7").fetchall()
    engine.close()
    assert (found, rows) == ((0,), [(1,)])
