"""A statement that fails in a transaction is undone alone, as on Snowflake."""

from typing import Any

import pytest
import snowflake.connector


@pytest.fixture
def tables(sql: Any) -> Any:
    sql("CREATE TABLE T (ID INT, NAME VARCHAR(5))")
    sql("CREATE TABLE SOURCE (ID INT, NAME VARCHAR)")
    sql("INSERT INTO SOURCE VALUES (1, 'one'), (2, 'two'), (2, 'twice'), (3, 'far too long')")
    return sql


_FAILING = {
    "conversion": "INSERT INTO T SELECT ID, NAME FROM SOURCE",
    "division": "UPDATE T SET ID = 1 / (ID - 10)",
    "query": "SELECT 1 / (ID - 10) FROM T",
    "merge": (
        "MERGE INTO T USING SOURCE AS S ON T.ID = S.ID "
        "WHEN MATCHED THEN UPDATE SET NAME = S.NAME WHEN NOT MATCHED THEN INSERT VALUES (9, 'x')"
    ),
    "delete": "DELETE FROM T WHERE 1 / (ID - 10) > 0",
}


@pytest.mark.parametrize("failing", _FAILING.values(), ids=_FAILING)
def test_what_ran_before_and_after_it_counts(tables: Any, failing: str) -> None:
    sql = tables
    sql("INSERT INTO T VALUES (2, 'kept')")
    sql("BEGIN")
    sql("INSERT INTO T VALUES (10, 'bef')")
    sql("UPDATE T SET NAME = 'new' WHERE ID = 2")
    with pytest.raises(snowflake.connector.ProgrammingError):
        sql(failing)
    assert sql("SELECT ID, NAME FROM T ORDER BY ID") == [(2, "new"), (10, "bef")]
    sql("INSERT INTO T VALUES (11, 'aft')")
    with pytest.raises(snowflake.connector.ProgrammingError):
        sql(failing)
    sql("COMMIT")
    assert sql("SELECT ID, NAME FROM T ORDER BY ID") == [(2, "new"), (10, "bef"), (11, "aft")]


def test_a_stream_moves_only_with_statements_that_succeeded(tables: Any) -> None:
    sql = tables
    sql("CREATE STREAM S ON TABLE SOURCE")
    sql("INSERT INTO SOURCE VALUES (4, 'four'), (5, 'much too long')")
    sql("BEGIN")
    sql("INSERT INTO T VALUES (0, 'zero')")
    with pytest.raises(snowflake.connector.ProgrammingError):
        sql("INSERT INTO T SELECT ID, NAME FROM S")
    sql("COMMIT")
    assert sql("SELECT COUNT(*) FROM S") == [(2,)]
    sql("BEGIN")
    sql("INSERT INTO T SELECT ID, LEFT(NAME, 5) FROM S")
    with pytest.raises(snowflake.connector.ProgrammingError):
        sql("SELECT 1 / (ID - 4) FROM T")
    sql("COMMIT")
    assert sql("SELECT COUNT(*) FROM S") == [(0,)]
    assert sql("SELECT ID FROM T ORDER BY ID") == [(0,), (4,), (5,)]


def test_what_would_not_run_again_alike_aborts_and_says_so(tables: Any) -> None:
    sql = tables
    sql("CREATE SEQUENCE N")
    sql("BEGIN")
    sql("INSERT INTO T SELECT N.NEXTVAL, 'x'")
    with pytest.raises(snowflake.connector.ProgrammingError):
        sql("SELECT 1 / (ID - ID) FROM T")
    with pytest.raises(snowflake.connector.ProgrammingError, match="cannot run again alike"):
        sql("SELECT 1")
    sql("ROLLBACK")
    assert sql("SELECT COUNT(*) FROM T") == [(0,)]


def test_what_others_changed_meanwhile_is_not_read_in_silence(
    tables: Any, endpoint: Any, connection: Any
) -> None:
    sql = tables
    sql("BEGIN")
    sql("INSERT INTO T SELECT ID, 'x' FROM SOURCE")
    arguments = {**endpoint.connect_arguments(), "database": connection.database}
    with snowflake.connector.connect(**arguments) as other:
        other.cursor().execute("DELETE FROM SOURCE WHERE ID = 1")
    with pytest.raises(snowflake.connector.ProgrammingError):
        sql("INSERT INTO T SELECT ID, NAME FROM SOURCE")
    with pytest.raises(snowflake.connector.ProgrammingError, match="cannot run again alike"):
        sql("COMMIT")
    assert sql("SELECT COUNT(*) FROM T") == [(0,)]
