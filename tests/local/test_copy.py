"""COPY INTO a table and SELECT from staged files, through the real connector."""
# ruff: noqa: E501, DTZ001 - statements are easier to read whole, and an NTZ value has no zone

import gzip
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import snowflake.connector

from .conftest import Sql

ProgrammingError = snowflake.connector.ProgrammingError
Put = Callable[..., None]


@pytest.fixture
def put(sql: Sql, tmp_path: Path) -> Put:
    """Put a file of some content into the stage `s`, which is made."""
    sql("CREATE STAGE s")

    def run(name: str, content: str | bytes, *, packed: bool = True) -> None:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name.rsplit("/", 1)[-1]
        path.write_bytes(data)
        folder = name.rpartition("/")[0]
        packing = "TRUE" if packed else "FALSE"
        sql(f"PUT file://{path} @s/{folder} AUTO_COMPRESS = {packing} OVERWRITE = TRUE")

    return run


def parquet(**columns: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue())


def test_a_file_is_loaded_once(sql: Sql, put: Put) -> None:
    put("a.csv", "1,a\n2,b\n")
    sql("CREATE TABLE t (id INT, name VARCHAR)")
    loaded = [("s/a.csv.gz", "LOADED", 2, 2, 1, 0, None, None, None, None)]
    assert sql("COPY INTO t FROM @s") == loaded
    assert sql("COPY INTO t FROM @s") == [("Copy executed with 0 files processed.",)]
    assert sql("COPY INTO t FROM @s FORCE = TRUE") == loaded
    assert sql("SELECT * FROM t ORDER BY id, name") == [(1, "a"), (1, "a"), (2, "b"), (2, "b")]
    # A file that was changed is another one, and after TRUNCATE all are new.
    put("a.csv", "3,c\n")
    assert sql("COPY INTO t FROM @s")[0][:3] == ("s/a.csv.gz", "LOADED", 1)
    sql("TRUNCATE TABLE t")
    assert sql("COPY INTO t FROM @s PURGE = TRUE")[0][1] == "LOADED"
    assert sql("LIST @s") == []


def test_names_of_the_result(connection: Any, sql: Sql, put: Put) -> None:
    put("a.csv", "1\n")
    sql("CREATE TABLE t (id INT)")
    cursor = connection.cursor().execute("COPY INTO t FROM @s")
    assert [item[0] for item in cursor.description] == [
        "file", "status", "rows_parsed", "rows_loaded", "error_limit", "errors_seen", "first_error",
        "first_error_line", "first_error_character", "first_error_column_name",
    ]  # fmt: skip
    cursor.execute("COPY INTO t FROM @s")
    assert [item[0] for item in cursor.description] == ["status"]


def test_rows_that_are_loaded_are_seen_by_streams(sql: Sql, put: Put) -> None:
    put("a.csv", "1\n2\n")
    sql("CREATE TABLE t (id INT)")
    sql("CREATE STREAM changes ON TABLE t")
    sql("COPY INTO t FROM @s")
    found = sql('SELECT id, "METADATA$ACTION" FROM changes ORDER BY id')
    assert found == [(1, "INSERT"), (2, "INSERT")]


BAD = "1,a\nx,b\n3,toolong\n4\n5,e\n"


def test_an_error_ends_the_statement_and_leaves_nothing(sql: Sql, put: Put) -> None:
    put("1.csv", "9,z\n")
    put("2.csv", BAD)
    sql("CREATE TABLE t (id INT, name VARCHAR(3))")
    with pytest.raises(ProgrammingError) as caught:
        sql("COPY INTO t FROM @s")
    message = str(caught.value)
    assert "Numeric value 'x' is not recognized" in message
    assert "File 's/2.csv.gz', line 2, character 1" in message
    assert 'Row 2, column "T"["ID":1]' in message
    assert caught.value.errno == 100038
    assert sql("SELECT * FROM t") == []
    # Nor is the first file taken for loaded.
    assert [row[1] for row in sql("COPY INTO t FROM @s FILES = ('1.csv.gz')")] == ["LOADED"]


@pytest.mark.parametrize(
    ("on_error", "status", "rows"),
    [
        ("CONTINUE", "PARTIALLY_LOADED", [(1, "a"), (5, "e")]),
        ("SKIP_FILE", "LOAD_FAILED", []),
        ("SKIP_FILE_3", "LOAD_FAILED", []),
        ("SKIP_FILE_4", "PARTIALLY_LOADED", [(1, "a"), (5, "e")]),
        ("'SKIP_FILE_59%'", "LOAD_FAILED", []),
        ("'SKIP_FILE_60%'", "PARTIALLY_LOADED", [(1, "a"), (5, "e")]),
    ],
)
def test_on_error(sql: Sql, put: Put, on_error: str, status: str, rows: list[Any]) -> None:
    put("bad.csv", BAD)
    sql("CREATE TABLE t (id INT, name VARCHAR(3))")
    (row,) = sql(f"COPY INTO t FROM @s ON_ERROR = {on_error}")
    assert (row[1], row[2], row[3], row[5]) == (status, 5, len(rows), 3)
    assert row[6] == "Numeric value 'x' is not recognized"
    assert row[7:] == (2, 1, '"T"["ID":1]')
    assert sql("SELECT * FROM t ORDER BY id") == rows


def test_the_transaction_of_the_session(sql: Sql, put: Put) -> None:
    put("a.csv", "1\n2\n")
    put("bad.csv", "x\n")
    sql("CREATE TABLE t (id INT)")
    sql("BEGIN")
    sql("INSERT INTO t VALUES (0)")
    sql("COPY INTO t FROM @s/a")
    # What fails is undone alone, and what was copied before is there again.
    with pytest.raises(ProgrammingError, match="Numeric value 'x'"):
        sql("COPY INTO t FROM @s/bad")
    with pytest.raises(ProgrammingError, match="Numeric value 'y'"):
        sql("INSERT INTO t VALUES ('y')")
    assert sql("SELECT id FROM t ORDER BY id") == [(0,), (1,), (2,)]
    sql("ROLLBACK")
    assert sql("SELECT id FROM t") == []
    assert sql("COPY INTO t FROM @s/a")[0][1] == "LOADED"


@pytest.mark.parametrize(
    ("content", "options", "rows"),
    [
        ("h\n1,a\n", "SKIP_HEADER = 1", [("1", "a")]),
        ("1|a\n", "FIELD_DELIMITER = '|'", [("1", "a")]),
        ("1\ta\n", r"FIELD_DELIMITER = '\t'", [("1", "a")]),
        ("1^a\n", "FIELD_DELIMITER = '0x5e'", [("1", "a")]),
        ("1,a;2,b;", "RECORD_DELIMITER = ';'", [("1", "a"), ("2", "b")]),
        ('"1","a, ""b"""\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [("1", 'a, "b"')]),
        ('1,"a\nb"\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [("1", "a\nb")]),
        ("'1','it''s'\n", "FIELD_OPTIONALLY_ENCLOSED_BY = '0x27'", [("1", "it's")]),
        ("1,NA\n2,-\n", "NULL_IF = ('NA', '-')", [("1", None), ("2", None)]),
        ("1,\\N\n", "", [("1", None)]),
        ("1,\n", "", [("1", None)]),
        ("1,\n", "EMPTY_FIELD_AS_NULL = FALSE", [("1", "")]),
        ('1,""\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [("1", "")]),
        ("1,a\\,b\n", "", [("1", "a,b")]),
        ("1,a\\b\n", "ESCAPE_UNENCLOSED_FIELD = NONE", [("1", "a\\b")]),
        ('1,"a\\"b"\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"' ESCAPE = '\\\\'", [("1", 'a"b')]),
        (" 1 , a \n", "TRIM_SPACE = TRUE", [("1", "a")]),
        ("1,a,x\n", "ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE", [("1", "a")]),
        ("1\n", "ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE", [("1", None)]),
        ("1,a\r\n\r\n2,b\r\n", "SKIP_BLANK_LINES = TRUE", [("1", "a"), ("2", "b")]),
        ("1,ä\n".encode("cp1252"), "ENCODING = 'WINDOWS1252'", [("1", "ä")]),
        ("1,ä\n".encode("utf-16"), "ENCODING = 'UTF16'", [("1", "ä")]),
        (b"1,\xff\n", "REPLACE_INVALID_CHARACTERS = TRUE", [("1", "�")]),
        ("\ufeff1,a\n", "", [("1", "a")]),
    ],
)
def test_options_of_csv(sql: Sql, put: Put, content: Any, options: str, rows: list[Any]) -> None:
    # https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#type-csv
    put("a.csv", content)
    sql("CREATE TABLE t (a VARCHAR, b VARCHAR)")
    sql(f"COPY INTO t FROM @s FILE_FORMAT = (TYPE = CSV {options})")
    assert sql("SELECT * FROM t ORDER BY a") == rows


def test_types_of_csv(sql: Sql, put: Put) -> None:
    put(
        "a.csv",
        '1.25|1e3|yes|2024-02-03|12:30|2024-02-03 04:05:06.5 +0200|00ff|{"a": [1]}\n'
        "|||||||\n"
        "-3|.5|OFF|03-Feb-2024|01:02:03|2024-02-03|AB|7\n",
    )
    sql(
        "CREATE TABLE t (n NUMBER(6,1), f FLOAT, b BOOLEAN, d DATE, c TIME, ts TIMESTAMP_NTZ, x BINARY,"
        " v VARIANT)"
    )
    sql("COPY INTO t FROM @s FILE_FORMAT = (TYPE = CSV FIELD_DELIMITER = '|')")
    first, second, third = sql(
        "SELECT n, f, b, d, c::VARCHAR, ts, x, v:a[0] FROM t ORDER BY n DESC NULLS LAST"
    )
    assert first[:4] == (Decimal("1.3"), 1000.0, True, date(2024, 2, 3))
    assert first[5:7] == (datetime(2024, 2, 3, 4, 5, 6, 500000), b"\x00\xff")
    assert first[7] == "1"
    assert second[:4] == (Decimal("-3.0"), 0.5, False, date(2024, 2, 3))
    assert third == (None,) * 8


def test_formats_of_dates(sql: Sql, put: Put) -> None:
    put("a.csv", "31/12/2024,08.09.2024 07:08,0700\n")
    sql("CREATE TABLE t (d DATE, ts TIMESTAMP_NTZ, c TIME)")
    sql(
        "COPY INTO t FROM @s FILE_FORMAT = (TYPE = CSV DATE_FORMAT = 'DD/MM/YYYY' "
        "TIMESTAMP_FORMAT = 'DD.MM.YYYY HH24:MI' TIME_FORMAT = 'HH24MI')"
    )
    ((d, ts, c),) = sql("SELECT * FROM t")
    assert (d, ts, str(c)) == (date(2024, 12, 31), datetime(2024, 9, 8, 7, 8), "07:00:00")


def test_columns_defaults_and_nulls(sql: Sql, put: Put) -> None:
    put("a.csv", "a,1\n,2\n")
    sql("CREATE TABLE t (id INT NOT NULL, name VARCHAR, kind VARCHAR DEFAULT 'new')")
    sql("COPY INTO t (name, id) FROM @s")
    assert sql("SELECT * FROM t ORDER BY id") == [(1, "a", "new"), (2, None, "new")]
    put("b.csv", ",x\n")
    with pytest.raises(ProgrammingError, match="NULL result in a non-nullable column"):
        sql("COPY INTO t (id, name) FROM @s/b")
    put("c.csv", "3,longer\n")
    sql("CREATE TABLE short (id INT, name VARCHAR(3))")
    with pytest.raises(ProgrammingError, match="length limit \\(3\\) exceeded by string 'longer'"):
        sql("COPY INTO short FROM @s/c")
    sql("COPY INTO short FROM @s/c TRUNCATECOLUMNS = TRUE")
    sql("COPY INTO short FROM @s/c ENFORCE_LENGTH = FALSE FORCE = TRUE")
    assert sql("SELECT name FROM short") == [("lon",), ("lon",)]


def test_which_files(sql: Sql, put: Put) -> None:
    for number in (1, 2, 3):
        put(f"in/{number}.csv", f"{number}\n", packed=False)
    sql("CREATE TABLE t (id INT)")
    assert len(sql("COPY INTO t FROM @s/in SIZE_LIMIT = 3")) == 2
    sql("TRUNCATE TABLE t")
    sql("COPY INTO t FROM @s PATTERN = '.*/[13][.]csv'")
    assert sql("SELECT id FROM t ORDER BY id") == [(1,), (3,)]
    sql("COPY INTO t FROM @s/in/ FILES = ('2.csv')")
    assert sql("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]
    with pytest.raises(ProgrammingError, match=r"'in/9[.]csv' was not found"):
        sql("COPY INTO t FROM @s/in FILES = ('9.csv')")
    with pytest.raises(ProgrammingError, match="Invalid regular expression"):
        sql("COPY INTO t FROM @s PATTERN = '(?=a).*'")


def test_json(sql: Sql, put: Put) -> None:
    put("a.json", '{"a": 1, "b": {"c": [1, 2.50]}}\n{"a": 2,\n "B": null}\n')
    put("b.json", '[{"a": 3}, {"a": 4}]')
    sql("CREATE TABLE t (v VARIANT)")
    sql("COPY INTO t FROM @s/a FILE_FORMAT = (TYPE = JSON)")
    assert sql("SELECT v:a::INT, v:b.c[1]::FLOAT FROM t ORDER BY 1") == [(1, 2.5), (2, None)]
    sql("COPY INTO t FROM @s/b FILE_FORMAT = (TYPE = JSON STRIP_OUTER_ARRAY = TRUE)")
    assert sql("SELECT COUNT(*) FROM t") == [(4,)]
    sql("CREATE TABLE m (a INT, b VARIANT, z INT)")
    sql(
        "COPY INTO m FROM @s FILE_FORMAT = (TYPE = JSON STRIP_OUTER_ARRAY = TRUE) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
    )
    assert sql("SELECT a, b:c[0], z FROM m ORDER BY a") == [
        (1, "1", None),
        (2, None, None),
        (3, None, None),
        (4, None, None),
    ]
    with pytest.raises(ProgrammingError, match="one and only one column of type variant"):
        sql("COPY INTO m FROM @s FILE_FORMAT = (TYPE = JSON) FORCE = TRUE")
    sql("CREATE TABLE n (v VARIANT)")
    sql("COPY INTO n FROM @s/a FILE_FORMAT = (TYPE = JSON STRIP_NULL_VALUES = TRUE)")
    assert sql("SELECT v FROM n WHERE v:a = 2") == [('{\n  "a": 2\n}',)]
    put("twice.json", '{"a": 1, "a": 2}')
    with pytest.raises(ProgrammingError, match="duplicate object attribute 'a'"):
        sql("COPY INTO n FROM @s/twice FILE_FORMAT = (TYPE = JSON)")
    sql("COPY INTO n FROM @s/twice FILE_FORMAT = (TYPE = JSON ALLOW_DUPLICATE = TRUE)")
    assert sql("SELECT v:a FROM n WHERE v:a = 2 AND v:B IS NULL ORDER BY 1") == [("2",), ("2",)]


def test_parquet(sql: Sql, put: Put) -> None:
    content = parquet(
        Id=[1, 2],
        name=["a", None],
        price=pa.array([Decimal("1.50"), None], pa.decimal128(30, 2)),
        at=pa.array([datetime(2024, 1, 2, 3, 4, 5), None], pa.timestamp("us")),
        day=pa.array([date(2024, 1, 2), None]),
        raw=pa.array([b"\x01\xff", None]),
        many=[[1, 2], None],
    )
    put("a.parquet", content)
    sql(
        "CREATE TABLE t (id INT, name VARCHAR, price NUMBER(30,2), at TIMESTAMP_NTZ, day DATE, "
        "raw BINARY, many VARIANT)"
    )
    sql(
        "COPY INTO t FROM @s FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
    )
    first = (1, "a", Decimal("1.50"), datetime(2024, 1, 2, 3, 4, 5), date(2024, 1, 2), b"\x01\xff")
    assert sql("SELECT id, name, price, at, day, raw FROM t ORDER BY id") == [
        first,
        (2, *[None] * 5),
    ]
    assert sql("SELECT many[1] FROM t WHERE id = 1") == [("2",)]
    sql("TRUNCATE TABLE t")
    sql(
        'COPY INTO t (id, price, at) FROM (SELECT $1:"Id"::NUMBER, $1:price, $1:at::TIMESTAMP_NTZ FROM @s) '
        "FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE)"
    )
    assert sql("SELECT id, price, at FROM t ORDER BY id") == [(1, *first[2:4]), (2, None, None)]
    sql("CREATE TABLE v (v VARIANT)")
    sql("COPY INTO v FROM @s FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE)")
    assert sql("SELECT v:Id, v:price::NUMBER(9,2)::VARCHAR, v:many[0] FROM v ORDER BY 1") == [
        ("1", "1.50", "1"),
        ("2", None, None),
    ]


def test_a_transformation(sql: Sql, put: Put) -> None:
    put("in/a.csv", "1,a\n2,b\n")
    sql("CREATE TABLE t (name VARCHAR, twice INT, file VARCHAR, number INT)")
    sql(
        "COPY INTO t FROM (SELECT UPPER(f.$2), f.$1::INT * 2, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER "
        "FROM @s f)"
    )
    assert sql("SELECT * FROM t ORDER BY number") == [
        ("A", 2, "in/a.csv.gz", 1),
        ("B", 4, "in/a.csv.gz", 2),
    ]
    put("bad.csv", "1,a\nx,b\n3,c\n")
    sql("CREATE TABLE u (id INT)")
    with pytest.raises(ProgrammingError, match=r"Numeric value 'x' is not recognized[^$]*line 2"):
        sql("COPY INTO u FROM (SELECT $1::INT FROM @s/bad)")
    assert sql("COPY INTO u FROM (SELECT $1::INT FROM @s/bad) ON_ERROR = CONTINUE")[0][1:6] == (
        "PARTIALLY_LOADED", 3, 2, 3, 1
    )  # fmt: skip
    for wrong in (
        "SELECT COUNT(*) FROM @s", "SELECT $1 FROM @s LIMIT 1", "SELECT DISTINCT $1 FROM @s",
        "SELECT $1 FROM t", "SELECT (SELECT 1) FROM @s", "SELECT $1 FROM @s WHERE $1 = '1'",
    ):  # fmt: skip
        with pytest.raises(ProgrammingError):
            sql(f"COPY INTO u FROM ({wrong})")


def test_validation(sql: Sql, put: Put) -> None:
    put("bad.csv", BAD)
    sql("CREATE TABLE t (id INT, name VARCHAR(3))")
    errors = sql("COPY INTO t FROM @s VALIDATION_MODE = RETURN_ERRORS")
    assert [(row[2], row[6], row[8]) for row in errors] == [
        (2, 100038, '"T"["ID":1]'), (3, 100074, '"T"["NAME":2]'), (4, 100080, '"T"["NAME":2]')
    ]  # fmt: skip
    assert sql("COPY INTO t FROM @s VALIDATION_MODE = RETURN_1_ROWS") == [(1, "a")]
    with pytest.raises(ProgrammingError, match="Numeric value 'x'"):
        sql("COPY INTO t FROM @s VALIDATION_MODE = 'RETURN_2_ROWS'")
    assert sql("SELECT * FROM t") == []
    sql("COPY INTO t FROM @s ON_ERROR = CONTINUE")
    again = sql("SELECT * FROM TABLE(VALIDATE(t, JOB_ID => '_last'))")
    assert again == errors
    assert len(sql("COPY INTO t FROM @s VALIDATION_MODE = RETURN_ALL_ERRORS")) == 3
    assert sql("COPY INTO t FROM @s VALIDATION_MODE = RETURN_ERRORS") == []


def test_history_of_loads(sql: Sql, put: Put) -> None:
    put("a.csv", "1\n")
    sql("CREATE TABLE t (id INT)")
    sql("COPY INTO t FROM @s")
    assert sql(
        "SELECT FILE_NAME, TABLE_NAME, STATUS, ROW_COUNT FROM INFORMATION_SCHEMA.LOAD_HISTORY"
    ) == [("s/a.csv.gz", "T", "LOADED", 1)]
    found = sql(
        "SELECT FILE_NAME, STATUS, ROW_COUNT, TABLE_NAME FROM TABLE(INFORMATION_SCHEMA.COPY_HISTORY("
        "TABLE_NAME => 'T', START_TIME => DATEADD(hour, -1, CURRENT_TIMESTAMP())))"
    )
    assert found == [("s/a.csv.gz", "Loaded", 1, "T")]


def test_query_staged_files(sql: Sql, put: Put) -> None:
    put("a.csv", "h1,h2\n1,a\n2,b\n")
    put("j.json", json.dumps({"a": {"b": 5}}))
    sql("CREATE FILE FORMAT f TYPE = CSV SKIP_HEADER = 1")
    sql("CREATE FILE FORMAT j TYPE = JSON")
    query = "SELECT t.$1::INT, $2, $3, METADATA$FILENAME FROM @s/a (FILE_FORMAT => f) t ORDER BY 1"
    assert sql(query) == [(1, "a", None, "a.csv.gz"), (2, "b", None, "a.csv.gz")]
    assert sql("SELECT $1:a.b::INT FROM @s (FILE_FORMAT => 'j', PATTERN => '.*json.*')") == [(5,)]
    sql("CREATE TABLE t AS SELECT $1::INT AS id FROM @s/a (FILE_FORMAT => f)")
    assert sql("SELECT SUM(id) FROM t") == [(3,)]
    for wrong in ("SELECT * FROM @s", "SELECT $1 FROM @s JOIN t", "SELECT $1 FROM @nope"):
        with pytest.raises(ProgrammingError):
            sql(wrong)


def test_infer_schema(sql: Sql, put: Put) -> None:
    put("c/a.csv", "id,name,day,at,ok\n1,x,2024-01-02,2024-01-02 03:04:05,true\n12.5,,,,\n")
    put("p/a.parquet", parquet(A=[1], b=["x"]))
    sql("CREATE FILE FORMAT c TYPE = CSV PARSE_HEADER = TRUE")
    sql("CREATE FILE FORMAT p TYPE = PARQUET")
    text = "SELECT COLUMN_NAME, TYPE FROM TABLE(INFER_SCHEMA(LOCATION => '@s/{0}', FILE_FORMAT => '{0}'))"
    assert sql(text.format("c")) == [
        ("id", "NUMBER(3, 1)"), ("name", "TEXT"), ("day", "DATE"), ("at", "TIMESTAMP_NTZ"), ("ok", "BOOLEAN")
    ]  # fmt: skip
    assert sql(text.format("p")) == [("A", "NUMBER(38, 0)"), ("b", "TEXT")]
    bound = "SELECT COLUMN_NAME FROM TABLE(INFER_SCHEMA(LOCATION => ?, FILE_FORMAT => ?, IGNORE_CASE => TRUE))"
    assert sql(bound, "@s/p", "p") == [("A",), ("B",)]


@pytest.mark.parametrize(
    "options",
    [
        "FILE_FORMAT = (TYPE = CSV NOPE = 1)", "FILE_FORMAT = (TYPE = JSON SKIP_HEADER = 1)",
        "FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1 SKIP_HEADER = 2)", "FILE_FORMAT = (TYPE = RAR)",
        "FILE_FORMAT = (TYPE = XML)", "FILE_FORMAT = (TYPE = CSV ENCODING = 'EBCDIC')", "NOPE = TRUE",
        "ON_ERROR = MAYBE", "SIZE_LIMIT = 0", "LOAD_MODE = FULL_INGEST", "FILE_FORMAT = nope",
        "FILE_FORMAT = (TYPE = CSV COMPRESSION = ZIP)", "VALIDATION_MODE = RETURN_ROWS",
        "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE",
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(sql: Sql, put: Put, options: str) -> None:
    put("a.csv", "1\n")
    sql("CREATE TABLE t (id INT)")
    with pytest.raises(ProgrammingError):
        sql(f"COPY INTO t FROM @s {options}")
    assert sql("SELECT * FROM t") == []


def test_options_of_the_stage_and_binds(sql: Sql, put: Put) -> None:
    put("a.csv", "h\n1\nx\n")
    sql(
        "ALTER STAGE s SET FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1) COPY_OPTIONS = (ON_ERROR = CONTINUE)"
    )
    sql("CREATE TABLE t (id INT)")
    assert sql("COPY INTO t FROM @s")[0][1] == "PARTIALLY_LOADED"
    assert sql("COPY INTO t FROM @s ON_ERROR = ? FORCE = TRUE", "skip_file")[0][1] == "LOAD_FAILED"


def test_privileges_of_copy(sql: Sql, put: Put) -> None:
    (database,) = sql("SELECT CURRENT_DATABASE()")[0]
    put("a.csv", "1\n")
    sql("CREATE TABLE t (id INT)")
    sql("CREATE FILE FORMAT f TYPE = CSV")
    sql("CREATE ROLE IF NOT EXISTS copies")
    sql("GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE copies")
    for what in (f"DATABASE {database}", f"SCHEMA {database}.PUBLIC"):
        sql(f"GRANT USAGE ON {what} TO ROLE copies")
    text = "COPY INTO t FROM @s FILE_FORMAT = f"
    for grant in (
        "SELECT ON TABLE t",
        "INSERT ON TABLE t",
        "READ ON STAGE s",
        "USAGE ON FILE FORMAT f",
    ):
        sql("USE ROLE copies")
        with pytest.raises(ProgrammingError, match=r"not authorized|Insufficient privileges"):
            sql(text)
        sql("USE ROLE ACCOUNTADMIN")
        sql(f"GRANT {grant} TO ROLE copies")
    sql("USE ROLE copies")
    assert sql(text)[0][1] == "LOADED"
    sql("USE ROLE ACCOUNTADMIN")


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("bomb.csv.gz", gzip.compress(b"\0" * 100_000_000), "CSV"),
        ("endless.csv", b'"' + b"x" * 70_000_000, "CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"'"),
        ("deep.json", b"[" * 100_000, "JSON"),
        ("deep2.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "JSON"),
        ("broken.json", b'{"a": 1', "JSON"),
        ("garbage.parquet", b"PAR1" + b"\xff" * 1000 + b"PAR1", "PARQUET"),
        ("short.parquet", b"PAR1", "PARQUET"),
        ("cut.csv.gz", gzip.compress(b"1\n" * 100_000)[:50], "CSV"),
        ("cut.parquet", parquet(a=list(range(10_000)))[:-20], "PARQUET"),
        ("latin.json", '{"a": "ä"}'.encode("latin-1"), "JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)  # fmt: skip
def test_hostile_files_end_in_an_error(
    sql: Sql, put: Put, name: str, content: bytes, form: str
) -> None:
    put(name, content, packed=False)
    sql("CREATE TABLE t (v VARIANT)")
    with pytest.raises(ProgrammingError) as caught:
        sql(f"COPY INTO t FROM @s FILE_FORMAT = (TYPE = {form})")
    assert "internal error" not in str(caught.value).lower()
    assert len(str(caught.value)) < 1000
    assert sql("SELECT * FROM t") == []
    assert (
        sql("COPY INTO t FROM @s ON_ERROR = SKIP_FILE FILE_FORMAT = (TYPE = " + form + ")")[0][1]
        == "LOAD_FAILED"
    )


def test_what_write_pandas_sends(sql: Sql, tmp_path: Path) -> None:
    # Of connector 5; connector 4 names the stage of PUT with a bound value.
    at = pa.array([datetime(2024, 1, 2, 3, 4, 5), None], pa.timestamp("ns"))
    (tmp_path / "file0.txt").write_bytes(parquet(ID=[1, 2], name=["a", None], TS=at))
    sql(
        "CREATE TEMPORARY STAGE IDENTIFIER(?) FILE_FORMAT=(TYPE=PARQUET COMPRESSION=auto BINARY_AS_TEXT=FALSE)",
        '"st"',
    )
    options = "PARALLEL=4 AUTO_COMPRESS=FALSE SOURCE_COMPRESSION=AUTO_DETECT OVERWRITE=TRUE"
    assert sql(f"PUT 'file://{tmp_path}/file0.txt' @\"st\" {options}")[0][6] == "UPLOADED"
    sql(
        "CREATE TEMPORARY FILE FORMAT IDENTIFIER(?) TYPE=PARQUET COMPRESSION=gzip USE_LOGICAL_TYPE=TRUE",
        '"ff"',
    )
    found = sql(
        "SELECT * FROM TABLE(INFER_SCHEMA(LOCATION => ?, FILE_FORMAT => ?))", '@"st"', '"ff"'
    )
    assert [row[:2] for row in found] == [
        ("ID", "NUMBER(38, 0)"),
        ("name", "TEXT"),
        ("TS", "TIMESTAMP_NTZ"),
    ]
    columns = '"ID" NUMBER(38, 0), "name" TEXT, "TS" TIMESTAMP_NTZ'
    sql(f"CREATE TABLE IF NOT EXISTS IDENTIFIER(?) ({columns}) ", '"made"')
    copied = sql(
        'COPY INTO IDENTIFIER(?) ("ID", "name", "TS") FROM (SELECT $1:"ID"::NUMBER(38, 0) AS "ID", '
        '$1:"name"::TEXT AS "name", $1:"TS"::TIMESTAMP_NTZ AS "TS" FROM \'@"st"\') FILE_FORMAT = '
        "(TYPE=PARQUET COMPRESSION=auto BINARY_AS_TEXT=FALSE USE_LOGICAL_TYPE=TRUE) PURGE=TRUE ON_ERROR=?",
        '"made"', "abort_statement",
    )  # fmt: skip
    assert copied[0][:4] == ("st/file0.txt", "LOADED", 2, 2)
    assert sql('SELECT * FROM "made" ORDER BY 1') == [
        (1, "a", datetime(2024, 1, 2, 3, 4, 5)),
        (2, None, None),
    ]
    assert sql('LIST @"st"') == []


def test_a_bound_place_of_put(sql: Sql, tmp_path: Path) -> None:
    sql("CREATE STAGE s")
    (tmp_path / "f?x").write_text("1")
    sql(f"PUT file://{tmp_path}/f?x ? AUTO_COMPRESS=FALSE", "@s/in")
    assert [row[0] for row in sql("LIST @s")] == ["s/in/f?x"]


def test_unload_and_load_again(sql: Sql, tmp_path: Path) -> None:
    sql("CREATE STAGE s")
    sql(
        "CREATE TABLE t (id INT, name VARCHAR, d DATE, ts TIMESTAMP_NTZ, n NUMBER(5,2), b BOOLEAN, x BINARY, v VARIANT)"
    )
    sql(
        "INSERT INTO t SELECT 1, 'a, \"q\"\\n\\\\', '2024-01-02', '2024-01-02 03:04:05.5', 1.5, TRUE, "
        "TO_BINARY('00FF'), PARSE_JSON('{\"a\": [1, \"b\"]}') UNION ALL SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
    )
    wanted = sql("SELECT * FROM t ORDER BY id")
    sql("CREATE TABLE u LIKE t")
    for number, form in enumerate(
        (
            "CSV",
            "CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"'",
            "CSV COMPRESSION = BZ2 FIELD_DELIMITER = '|'",
        )
    ):
        (row,) = sql(f"COPY INTO @s/{number}/ FROM t FILE_FORMAT = (TYPE = {form}) HEADER = TRUE")
        assert row[0] == 2
        sql("TRUNCATE TABLE u")
        sql(f"COPY INTO u FROM @s/{number}/ FILE_FORMAT = (TYPE = {form} SKIP_HEADER = 1)")
        assert sql("SELECT * FROM u ORDER BY id") == wanted
    sql(
        "COPY INTO @s/p/ FROM (SELECT * EXCLUDE v FROM t) FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE"
    )
    sql("TRUNCATE TABLE u")
    sql(
        "COPY INTO u FROM @s/p/ FILE_FORMAT = (TYPE = PARQUET USE_VECTORIZED_SCANNER = TRUE) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
    )
    assert [row[:7] for row in sql("SELECT * FROM u ORDER BY id")] == [row[:7] for row in wanted]


def test_names_and_options_of_unload(sql: Sql) -> None:
    sql("CREATE STAGE s")
    sql("CREATE TABLE t AS SELECT 1 AS id UNION ALL SELECT 2")
    assert sql("COPY INTO @s FROM t")[0][0] == 2
    sql("COPY INTO @s/in/part FROM t FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE)")
    sql("COPY INTO @s/one.txt FROM t SINGLE = TRUE FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE)")
    detailed = sql(
        "COPY INTO @s/j/ FROM (SELECT OBJECT_CONSTRUCT('a', id) FROM t) FILE_FORMAT = (TYPE = JSON) DETAILED_OUTPUT = TRUE"
    )
    assert (detailed[0][0], detailed[0][2]) == ("j/data_0_0_0.json.gz", 2)
    sql("COPY INTO @s/p/ FROM t FILE_FORMAT = (TYPE = PARQUET)")
    assert [row[0] for row in sql("LIST @s")] == [
        "s/data_0_0_0.csv.gz", "s/in/part_0_0_0.csv", "s/j/data_0_0_0.json.gz", "s/one.txt", "s/p/data_0_0_0.snappy.parquet"
    ]  # fmt: skip
    with pytest.raises(ProgrammingError, match="Files already existing at the unload destination"):
        sql("COPY INTO @s FROM t")
    assert sql("COPY INTO @s FROM (SELECT 7) OVERWRITE = TRUE")[0][0] == 1
    assert sql("SELECT $1 FROM @s/data") == [("7",)]
    assert sql("COPY INTO @s/none/ FROM (SELECT 1 WHERE FALSE)") == [(0, 0, 0)]
    sql(
        "COPY INTO @s/many/ FROM (SELECT SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 1000))) MAX_FILE_SIZE = 1000"
    )
    assert len(sql("LIST @s/many")) == 4
    with pytest.raises(ProgrammingError, match="Max file size exceeded"):
        sql(
            "COPY INTO @s/x FROM (SELECT SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 1000))) SINGLE = TRUE MAX_FILE_SIZE = 1000"
        )
    assert sql("LIST @s/x") == []
    for wrong in (
        "PARTITION BY (id)",
        "NOPE = 1",
        "FILE_FORMAT = (TYPE = JSON)",
        "FILE_FORMAT = (TYPE = XML)",
    ):
        with pytest.raises(ProgrammingError):
            sql(f"COPY INTO @s/w/ FROM t {wrong}")
    assert sql("LIST @s/w") == []
