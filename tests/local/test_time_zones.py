"""Time zones: the offset of each TIMESTAMP_TZ, and the session's TIMEZONE.

https://docs.snowflake.com/en/sql-reference/data-types-datetime
"""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import snowflake.connector
from engine_stack import Stack

from hushflake.local.language.errors import SqlError
from hushflake.local.language.results import Binding
from hushflake.local.language.zoned import of_parts, parts_of, spelt
from hushflake.local.server.process import lifecycle
from hushflake.local.server.wire.bindings import read_bindings
from hushflake.local.statements.running.runner import run_one


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "stack.duckdb")
    made.run("CREATE DATABASE D")
    made.run("CREATE TABLE T (K INT, Z TIMESTAMP_TZ, L TIMESTAMP_LTZ, N TIMESTAMP_NTZ, V VARIANT)")
    yield made
    made.close()


def zoned(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


# Of the row below, in a session whose TIMEZONE is America/New_York.
ROW = (
    "INSERT INTO T SELECT 1, '2024-03-09 23:30:00.25 -0800', '2024-03-10 01:30:00', "
    "'2024-03-10 01:30:00', '2024-03-09 23:30:00.25 -0800'::TIMESTAMP_TZ"
)
CASES: dict[str, Any] = {
    "Z::VARCHAR": "2024-03-09 23:30:00.250 -0800",
    "L::VARCHAR": "2024-03-10 01:30:00.000 -0500",
    "V::VARCHAR": "2024-03-09 23:30:00.250 -0800",
    "V::TIMESTAMP_TZ = Z": True,
    "TYPEOF(V)": "TIMESTAMP_TZ",
    "Z || ''": "2024-03-09 23:30:00.250 -0800",
    "Z::DATE::VARCHAR": "2024-03-09",
    "Z::TIME::VARCHAR": "23:30:00",
    "Z::TIMESTAMP_NTZ::VARCHAR": "2024-03-09 23:30:00.250",
    "Z::TIMESTAMP_LTZ::VARCHAR": "2024-03-10 03:30:00.250 -0400",
    "Z::TIMESTAMP_TZ(0)::VARCHAR": "2024-03-09 23:30:00.000 -0800",
    "N::TIMESTAMP_TZ::VARCHAR": "2024-03-10 01:30:00.000 -0500",
    "L::TIMESTAMP_TZ::VARCHAR": "2024-03-10 01:30:00.000 -0500",
    "L = N": True,
    "L = '2024-03-10 01:30:00'": True,
    "Z = '2024-03-10 02:30:00.25 -0500'": True,
    "Z IN ('2024-03-10 02:30:00.25 -0500')": True,
    "Z BETWEEN L AND '2024-03-11'": True,
    "Z > N": True,
    "COALESCE(NULL, Z, L)::VARCHAR": "2024-03-09 23:30:00.250 -0800",
    "IFF(K = 2, Z, L)::VARCHAR": "2024-03-10 01:30:00.000 -0500",
    "DECODE(K, 1, Z, L)::VARCHAR": "2024-03-09 23:30:00.250 -0800",
    "HOUR(Z)": 23,
    "HOUR(L)": 1,
    "DAYOFMONTH(Z)": 9,
    "DATE_PART(timezone_hour, Z)": -8,
    "DATE_PART(epoch_second, Z)": 1710055800,
    "DATE_PART(epoch_second, L)": 1710052200,
    "TO_CHAR(Z, 'DD HH24 TZH:TZM')": "09 23 -08:00",
    "TO_CHAR(L, 'DD HH24 TZHTZM')": "10 01 -0500",
    "DATE_TRUNC('day', Z)::VARCHAR": "2024-03-09 00:00:00.000 -0800",
    "DATE_TRUNC('day', L)::VARCHAR": "2024-03-10 00:00:00.000 -0500",
    "DATEADD(hour, 1, Z)::VARCHAR": "2024-03-10 00:30:00.250 -0800",
    "DATEADD(month, 1, Z)::VARCHAR": "2024-04-09 23:30:00.250 -0800",
    # Hours are added to the instant, days to the wall clock: the clocks were changed that night.
    "DATEADD(hour, 1, L)::VARCHAR": "2024-03-10 03:30:00.000 -0400",
    "DATEADD(day, 1, L)::VARCHAR": "2024-03-11 01:30:00.000 -0400",
    "(Z - INTERVAL '1 day, 1 hour')::VARCHAR": "2024-03-08 22:30:00.250 -0800",
    "DATEDIFF(minute, L, Z)": 60,
    "DATEDIFF(hour, L, '2024-03-10 03:30:00'::TIMESTAMP_LTZ)": 1,
    "DATEDIFF(day, Z, DATEADD(hour, 1, Z))": 1,
    "LAST_DAY(Z)::VARCHAR": "2024-03-31",
    "ADD_MONTHS(Z, 1)::VARCHAR": "2024-04-09 23:30:00.250 -0800",
    "TIME_SLICE(Z, 1, 'HOUR')::VARCHAR": "2024-03-09 23:00:00.000 -0800",
    "CONVERT_TIMEZONE('Asia/Kolkata', Z)::VARCHAR": "2024-03-10 13:00:00.250 +0530",
    "MAX(Z)::VARCHAR": "2024-03-09 23:30:00.250 -0800",
    "TO_TIMESTAMP_TZ(0)::VARCHAR": "1969-12-31 19:00:00.000 -0500",
    "CURRENT_DATE() = CURRENT_TIMESTAMP()::DATE": True,
    "TO_JSON(OBJECT_CONSTRUCT('z', Z))": '{"z":"2024-03-09 23:30:00.250 -0800"}',
    "Z - L": "error 1044",
    "SUM(Z)": "error 1044",
    "Z::NUMBER": "error 1065",
    "DATEDIFF(day, Z, L)": "error 2",
    "CONVERT_TIMEZONE('Nowhere', Z)": "error 100035",
    "CONVERT_TIMEZONE('UTC', 'Asia/Tokyo', Z)": "error 1044",
    "INTERVAL '1 day'": "error 2",
    "TO_TIMESTAMP_TZ('2024-01-01 00:00:00 +2500')": "error 100035",
    "TO_TIMESTAMP_TZ('9999-12-31 23:59:59 -0800')": "error 100035",
    "TRY_TO_TIMESTAMP_TZ('no')": None,
}


def test_values_go_by_their_offset_or_by_the_time_zone_of_the_session(stack: Stack) -> None:
    stack.run("ALTER SESSION SET TIMEZONE = 'America/New_York'")
    stack.run(ROW)
    wrong = {}
    for expression, expected in CASES.items():
        try:
            ((found,),) = stack.run(f"SELECT {expression} FROM T")
        except SqlError as error:
            found = f"error {error.code}"
        if found != expected:
            wrong[expression] = (found, expected)
    assert not wrong


def test_statements_keep_offsets(stack: Stack) -> None:
    stack.run(
        "INSERT INTO T(K, Z) VALUES (1, '2024-01-01 23:00:00 -0500'), (2, '2024-01-02 04:00:00')"
    )
    first, second = zoned("2024-01-01 23:00:00-05:00"), zoned("2024-01-02 04:00:00+00:00")
    assert stack.run("SELECT COUNT(DISTINCT Z), COUNT(*) FROM T") == [(1, 2)]
    assert stack.run("SELECT A.K, B.K FROM T A JOIN T B ON A.Z = B.Z AND A.K < B.K") == [(1, 2)]
    stack.run("CREATE TABLE C AS SELECT K, Z FROM T")
    stack.run("CREATE VIEW W AS SELECT Z, HOUR(Z) AS H FROM C WHERE K = 1")
    stack.run("CREATE FUNCTION F(X TIMESTAMP_TZ) RETURNS TIMESTAMP_TZ AS 'DATEADD(day, 1, X)'")
    rows = [
        row[0].isoformat()
        for sql in (
            "SELECT Z FROM C ORDER BY K",
            "SELECT Z FROM W",
            "SELECT F(Z) FROM C WHERE K = 1",
            "SELECT MIN(Z) FROM C WHERE HOUR(Z) = 23",
            "SELECT Z FROM C WHERE K = 1 UNION SELECT Z FROM C WHERE K = 1",
        )
        for row in stack.run(sql)
    ]
    day_after = (first + dt.timedelta(days=1)).isoformat()
    one, two = first.isoformat(), second.isoformat()
    assert rows == [one, two, one, day_after, one, one]
    stack.run("UPDATE C SET Z = DATEADD(day, 1, Z) WHERE HOUR(Z) = 23")
    stack.run("MERGE INTO C USING T ON C.K = T.K AND T.K = 2 WHEN MATCHED THEN UPDATE SET Z = T.Z")
    stack.run("SET V = (SELECT MAX(Z) FROM C)")
    # The engine's MERGE takes not every condition.
    condition = "TO_CHAR(CONVERT_TIMEZONE('UTC', C.Z), 'DD') = '02'"
    merge = f"MERGE INTO C USING T ON C.K = T.K WHEN MATCHED AND {condition} THEN DELETE"
    stack.run("BEGIN")
    assert stack.run(merge) == [(1,)]
    stack.run("ROLLBACK")
    assert stack.run("SELECT TO_TIMESTAMP_TZ($V)")[0][0].isoformat() == day_after
    with pytest.raises(SqlError, match="cast it in both"):
        stack.run("SELECT Z FROM C UNION ALL SELECT 'text' FROM C")


def test_instants_and_offsets_come_back_as_they_went(stack: Stack) -> None:
    chance = random.Random(11)
    first = dt.datetime(1, 1, 3, tzinfo=dt.UTC)
    days = (dt.datetime(9999, 12, 29, tzinfo=dt.UTC) - first).days
    values = []
    for _ in range(150):
        instant = first + dt.timedelta(
            chance.randrange(days), microseconds=chance.randrange(86_400_000_000)
        )
        for _ in range(2):
            offset = dt.timezone(dt.timedelta(minutes=chance.randint(-840, 840)))
            values.append(instant.astimezone(offset))
    for value in values:
        assert of_parts(*parts_of(value)).isoformat() == value.isoformat()
    keys = [str(number) for number in range(len(values))]
    bound = {
        "1": Binding("BIGINT", keys),
        "2": Binding("INTERVAL", [spelt(value) for value in values]),
    }
    run_one(stack.session, "INSERT INTO T(K, Z) VALUES (:1, :2)", bound)
    found = stack.run("SELECT Z FROM T ORDER BY K")
    assert [row[0].isoformat() for row in found] == [value.isoformat() for value in values]
    assert stack.run("SELECT COUNT(DISTINCT Z) FROM T") == [(len(set(values)),)]
    ordered = [row[0] for row in stack.run("SELECT Z FROM T ORDER BY Z")]
    assert ordered == sorted(values)
    texts = stack.run("SELECT K, Z::VARCHAR::TIMESTAMP_TZ = DATE_TRUNC('millisecond', Z) FROM T")
    assert all(same for _, same in texts)


def test_a_bound_value_keeps_the_offset_that_is_sent() -> None:
    value = zoned("2024-07-01 23:30:00.123456+05:30")
    nanoseconds = (
        (value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 1000
    )
    for sent, offset in ((f"{nanoseconds} {1440 + 330}", 330), (str(nanoseconds), 0)):
        (held,) = read_bindings({"1": {"type": "TIMESTAMP_TZ", "value": sent}}).values()
        expected = value.astimezone(dt.timezone(dt.timedelta(minutes=offset)))
        assert (held.type, held.value) == ("INTERVAL", spelt(expected))


def test_a_time_zone_is_known_or_refused(stack: Stack) -> None:
    for name in ("Mars/Base", "PDT", "utc; DROP TABLE T", "America/new_york"):
        with pytest.raises(SqlError, match=r"invalid value .* for parameter 'TIMEZONE'"):
            stack.run(f"ALTER SESSION SET TIMEZONE = '{name}'")
    stack.run("ALTER SESSION SET TIMESTAMP_TZ_OUTPUT_FORMAT = 'DD.MM.YYYY HH24:MI TZH:TZM'")
    sql = "SELECT '2024-01-01 23:00:00 -0500'::TIMESTAMP_TZ::VARCHAR"
    assert stack.run(sql) == [("01.01.2024 23:00 -05:00",)]
    stack.run("ALTER SESSION UNSET TIMESTAMP_TZ_OUTPUT_FORMAT")
    assert stack.run(sql) == [("2024-01-01 23:00:00.000 -0500",)]


def test_a_file_of_an_earlier_version_gets_the_offset_that_it_meant(tmp_path: Path) -> None:
    path = tmp_path / "stack.duckdb"
    earlier = Stack(path)
    earlier.run("CREATE DATABASE D")
    earlier.run('CREATE TABLE T (K INT, "z z" TIMESTAMP_TZ, L TIMESTAMP_LTZ)')
    earlier.run(
        "INSERT INTO T VALUES (1, '2024-01-01 10:00:00', '2024-01-01 10:00:00'), (2, NULL, NULL)"
    )
    table = earlier.engine.catalogue.of_kind("TABLE")[0].id
    earlier.close()
    with duckdb.connect(str(path)) as file:
        for prefix in ("t", "h"):
            file.execute(
                f'ALTER TABLE data."{prefix}{table}" ALTER "z z" TYPE TIMESTAMPTZ '
                "USING timezone('UTC', hush.tz_instant(\"z z\"))"
            )
        file.execute("UPDATE hush.state SET value = '1' WHERE key = 'format'")
    for _ in range(2):
        later = Stack(path)
        found = later.run('SELECT K, "z z", L FROM T ORDER BY K')
        later.close()
        moment = dt.datetime(2024, 1, 1, 10, tzinfo=dt.UTC)
        assert found == [(1, moment, moment), (2, None, None)]


MOMENTS = (
    "2024-07-01 23:30:00.123456+05:30",
    "1999-12-31 23:59:59-08:00",
    "2024-01-01 00:00:00+00:00",
)


def check_files(cursor: Any, folder: Path) -> None:
    """Offsets go through CSV and JSON in stages; Parquet holds none, as documented."""
    wanted = [zoned(text).isoformat() for text in MOMENTS]
    lines = {
        "csv": [f"{place},{text}" for place, text in enumerate(MOMENTS)],
        "json": [f'{{"k": {place}, "z": "{text}"}}' for place, text in enumerate(MOMENTS)],
    }
    options = {"csv": "", "json": "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"}
    cursor.execute("CREATE STAGE S")
    for kind, written in lines.items():
        file = folder / f"rows.{kind}"
        file.write_text("\n".join(written))
        cursor.execute(f"PUT 'file://{file}' @S")
        cursor.execute(f"CREATE TABLE C_{kind} (K INT, Z TIMESTAMP_TZ)")
        cursor.execute(
            f"COPY INTO C_{kind} FROM @S/rows.{kind} FILE_FORMAT = (TYPE = {kind}) {options[kind]}"
        )
        found = cursor.execute(f"SELECT Z FROM C_{kind} ORDER BY K").fetchall()
        assert [row[0].isoformat() for row in found] == wanted, kind
    cursor.execute(
        "COPY INTO @S/out.csv FROM (SELECT Z FROM T ORDER BY K) SINGLE = TRUE "
        "FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE TIMESTAMP_FORMAT = 'YYYY TZHTZM')"
    )
    found = cursor.execute("SELECT $1 FROM @S/out.csv").fetchall()
    assert [row[0] for row in found] == ["2024 +0530", "1999 -0800", "2024 +0000"]
    with pytest.raises(snowflake.connector.Error, match="TIMESTAMP_TZ"):
        cursor.execute("COPY INTO @S/out FROM T FILE_FORMAT = (TYPE = PARQUET)")


def test_the_connector_carries_offsets_both_ways(
    endpoint: lifecycle.Endpoint, tmp_path: Path
) -> None:
    values = [zoned(text) for text in MOMENTS]
    wanted = [value.isoformat() for value in values]
    arguments = endpoint.connect_arguments()
    with snowflake.connector.connect(**{**arguments, "paramstyle": "qmark"}) as opened:
        cursor = opened.cursor()
        cursor.execute("CREATE DATABASE ZONES")
        cursor.execute("CREATE TABLE T (K INT, Z TIMESTAMP_TZ)")
        # As texts: connector 5 sends a bound datetime as its instant alone.
        cursor.executemany("INSERT INTO T VALUES (?, ?)", list(enumerate(MOMENTS)))
        for form in ("JSON", "ARROW"):
            cursor.execute(f"ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = '{form}'")
            found = cursor.execute("SELECT Z FROM T ORDER BY K").fetchall()
            assert [row[0].isoformat() for row in found] == wanted, form
        bound = cursor.execute("SELECT ?", (("TIMESTAMP_TZ", values[0]),)).fetchall()[0][0]
        assert bound == values[0]
        check_files(cursor, tmp_path)
    parameters = {"TIMEZONE": "Asia/Tokyo"}
    with snowflake.connector.connect(
        **{**arguments, "paramstyle": "pyformat", "session_parameters": parameters}
    ) as opened:
        cursor = opened.cursor()
        cursor.execute("USE SCHEMA ZONES.PUBLIC")
        (row,) = cursor.execute(
            "SELECT %(z)s::TIMESTAMP_TZ, %(z)s::TIMESTAMP_LTZ, %(z)s::TIMESTAMP_LTZ::VARCHAR",
            {"z": values[0]},
        ).fetchall()
        assert row[0].isoformat() == wanted[0]
        assert row[1] == values[0]
        assert row[1].utcoffset() == dt.timedelta(hours=9)
        assert row[2] == "2024-07-02 03:00:00.123 +0900"
