"""Rows as Arrow, as a client sees them; runs with the connector of whichever environment it is in.

As a program it takes the arguments of `connect` on standard input, and fails where a check does.
"""

import json
import sys
from typing import Any

import snowflake.connector

TYPES = """
SELECT COLUMN1 AS I, COLUMN2::NUMBER(38, 0) AS WIDE, COLUMN3::NUMBER(10, 2) AS D,
    COLUMN3::NUMBER(30, 20) AS EXACT, COLUMN4 AS S, COLUMN5::BOOLEAN AS B, COLUMN6::DATE AS DAY,
    COLUMN7::TIME AS T, COLUMN8::TIMESTAMP_NTZ AS N, COLUMN8::TIMESTAMP_NTZ(3) AS N3,
    COLUMN8::TIMESTAMP_LTZ AS L, COLUMN8::TIMESTAMP_TZ AS Z, COLUMN3::FLOAT AS F,
    CONVERT_TIMEZONE('Asia/Kolkata', COLUMN8) AS Z5,
    CONVERT_TIMEZONE('America/New_York', COLUMN8)::TIMESTAMP_TZ(3) AS Z3,
    PARSE_JSON(COLUMN9) AS V, NULL AS NOTHING, X.C AS C
FROM VALUES
    (1, 2, 1.25, 'a', 'true', '2024-05-17', '12:34:56', '2024-05-17 12:34:56.789', '{"b": 1}'),
    (-300, 9000000000000000000, -0.01, 'ä€😀', 'false', '1960-01-02', '00:00:00.123456',
        '1960-01-02 03:04:05.678901', '[1, "x", null]'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
CROSS JOIN (SELECT COUNT(*) AS C) AS X ORDER BY I NULLS LAST
"""
VECTORS = "SELECT [1.5, -2]::VECTOR(FLOAT, 2) AS V, [1, 2, 3]::VECTOR(INT, 3) AS W"
ROWS = 30_000
MANY = f"""
SELECT I, 'name ' || I AS NAME, (I / 4)::NUMBER(12, 2) AS D, IFF(I % 3 = 0, NULL, I * 1000000) AS M,
    DATEADD('second', I, '2024-01-01'::TIMESTAMP_NTZ) AS T, I % 2 = 0 AS B, TO_VARIANT(I) AS V,
    CONVERT_TIMEZONE(IFF(I % 2 = 0, 'Asia/Tokyo', 'America/New_York'), T::TIMESTAMP_LTZ) AS Z
FROM (SELECT SEQ4() AS I FROM TABLE(GENERATOR(ROWCOUNT => {ROWS}))) ORDER BY I
"""


def with_form(arguments: dict[str, Any], form: str) -> Any:
    """Return a cursor whose session asks for JSON or for Arrow."""
    parameters = {"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": form}
    return snowflake.connector.connect(**arguments, session_parameters=parameters).cursor()


def check_values(arguments: dict[str, Any]) -> None:
    """Rows are the same, value and type, however they travel; the first and the later ones."""
    for sql in (TYPES, VECTORS, MANY, f"{TYPES} LIMIT 0"):
        found = [with_form(arguments, form).execute(sql).fetchall() for form in ("JSON", "ARROW")]
        assert found[0] == found[1], sql
        kinds = [[tuple(map(type, row)) for row in rows] for rows in found]
        assert kinds[0] == kinds[1], sql


def check_tables(arguments: dict[str, Any]) -> None:
    """`fetch_arrow_all` gives every row once, in order, in one schema."""
    table = with_form(arguments, "ARROW").execute(MANY).fetch_arrow_all()
    assert table.num_rows == ROWS
    assert table.column("I").to_pylist() == list(range(ROWS))
    assert table.column("M").to_pylist()[:3] == [None, 1_000_000, 2_000_000]
    assert table.column("NAME").to_pylist()[-1] == f"name {ROWS - 1}"
    types = {field.name: str(field.type) for field in table.schema}
    assert types["I"] == "int16"
    assert types["M"] == "int64"
    assert types["D"] == "double"
    assert types["T"].startswith("timestamp[")


def check_default(arguments: dict[str, Any]) -> None:
    """The connector gets Arrow unless its session says otherwise; what is no query is JSON."""
    with snowflake.connector.connect(**arguments) as connection:
        cursor = connection.cursor()
        assert cursor.execute("SELECT 1 AS A").fetch_arrow_all().num_rows == 1
        assert cursor.execute("SHOW DATABASES").fetchall()
        cursor.execute("ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = 'JSON'")
        assert cursor.execute("SELECT 1 AS A").fetchall() == [(1,)]
        cursor.execute("ALTER SESSION UNSET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT")
        cursor.execute("ALTER SESSION SET QUERY_RESULT_FORMAT = 'JSON'")
        assert cursor.execute("SELECT 1 AS A").fetchall() == [(1,)]


def check_pandas(arguments: dict[str, Any]) -> None:
    """`fetch_pandas_all`, `fetch_pandas_batches` and batches that are read one by one."""
    cursor = with_form(arguments, "ARROW")
    frame = cursor.execute(MANY).fetch_pandas_all()
    assert frame["I"].tolist() == list(range(ROWS))
    assert frame["D"].tolist()[:5] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert str(frame["T"].dtype).startswith("datetime64[")
    assert sum(len(part) for part in cursor.execute(MANY).fetch_pandas_batches()) == ROWS
    batches = cursor.execute(MANY).get_result_batches()
    assert len(batches) > 1
    assert sum(len(batch.to_pandas()) for batch in batches) == ROWS
    assert list(cursor.execute(f"{TYPES} LIMIT 0").fetch_pandas_all().columns)[:2] == ["I", "WIDE"]


if __name__ == "__main__":
    given = json.load(sys.stdin)
    for check in (check_values, check_tables, check_default, check_pandas):
        check(given)
