"""Requests as clients make them: several statements, descriptions, results asked for later."""

import time
import uuid
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle


def test_bound_values_go_to_the_statements_in_order(sql: Any, connection: Any) -> None:
    sql("CREATE TABLE T (A INT, B VARCHAR)")
    cursor = connection.cursor()
    several = """
        INSERT INTO T VALUES (?, ?); SELECT '?', A FROM T; INSERT INTO T VALUES (?, ?);
        UPDATE T SET B = ? WHERE A = ?
    """
    cursor.execute(several, (1, "one", 2, "two", "deux", 2), num_statements=4)
    assert sql("SELECT A, B FROM T ORDER BY A") == [(1, "one"), (2, "deux")]
    with pytest.raises(snowflake.connector.Error):
        cursor.execute(
            "INSERT INTO T VALUES (?, ?); INSERT INTO T VALUES (?, ?)", (3, "x", 4),
            num_statements=2,
        )  # fmt: skip
    assert sql("SELECT COUNT(*) FROM T WHERE A = 4") == [(0,)]


COUNTED = {
    "INSERT INTO T VALUES (1, 2)": ["number of rows inserted"],
    "UPDATE T SET A = 1": ["number of rows updated", "number of multi-joined rows updated"],
    "DELETE FROM T": ["number of rows deleted"],
    "MERGE INTO T USING T AS S ON T.A = S.A WHEN MATCHED THEN UPDATE SET B = 1 "
    "WHEN NOT MATCHED THEN INSERT (A) VALUES (1)": [
        "number of rows inserted",
        "number of rows updated",
    ],
}


@pytest.mark.parametrize("statement", COUNTED)
def test_describe_of_dml_changes_nothing(sql: Any, connection: Any, statement: str) -> None:
    sql("CREATE TABLE T (A INT, B INT)")
    sql("INSERT INTO T VALUES (5, 5)")
    cursor = connection.cursor()
    described = cursor.describe(statement)
    assert [column.name for column in described] == COUNTED[statement]
    assert not any(column.is_nullable for column in described)
    assert sql("SELECT * FROM T") == [(5, 5)]
    cursor.execute(statement)
    assert [column.name for column in cursor.description] == COUNTED[statement]


def test_describe_of_show_has_its_columns(connection: Any) -> None:
    cursor = connection.cursor()
    described = [column.name for column in cursor.describe("SHOW DATABASES")]
    cursor.execute("SHOW DATABASES")
    assert described == [column.name for column in cursor.description]


def test_another_connection_gets_the_result(endpoint: lifecycle.Endpoint, connection: Any) -> None:
    query = connection.cursor().execute_async("SELECT SYSTEM$WAIT(1), 7 AS N")["queryId"]
    with snowflake.connector.connect(**endpoint.connect_arguments()) as other:
        cursor = other.cursor()
        cursor.get_results_from_sfqid(query)
        assert cursor.fetchall()[0][1] == 7
        assert other.get_query_status(query).name == "SUCCESS"


def test_an_unknown_result_is_answered_at_once(connection: Any) -> None:
    unknown = str(uuid.uuid4())
    begin = time.monotonic()
    cursor = connection.cursor()
    with pytest.raises(snowflake.connector.Error, match="not found"):
        cursor.get_results_from_sfqid(unknown)
    assert time.monotonic() - begin < 10
