"""Results as Arrow: values, types, parts, memory; on both lines of the connector."""

import json
import runpy
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle

ROOT = Path(__file__).parent.parent.parent
OLDER = "snowflake-connector-python[pandas]==4.8.1"
PROGRAM = Path(__file__).with_name("arrow_checks.py")
SHARED = runpy.run_path(str(PROGRAM))


@pytest.mark.parametrize("check", ["check_values", "check_tables", "check_default"])
def test_rows_as_arrow(endpoint: lifecycle.Endpoint, check: str) -> None:
    SHARED[check](endpoint.connect_arguments())


@pytest.mark.slow
def test_rows_as_arrow_with_the_older_connector(endpoint: lifecycle.Endpoint) -> None:
    home = ROOT / "build" / "connector-4.8.1-pandas"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", OLDER], check=True)
        (home / "complete").touch()
    done = subprocess.run(
        [str(python), "-W", "ignore", str(PROGRAM)],
        input=json.dumps(endpoint.connect_arguments()), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_numbers_of_more_than_64_bits(connection: Any) -> None:
    values = "SELECT 9000000000000000000 AS X UNION ALL SELECT 8999999999999999999"
    sql = f"SELECT SUM(X) AS S, MAX(X) AS M FROM ({values})"
    cursor = connection.cursor()
    assert cursor.execute(sql).fetchall() == [(17_999_999_999_999_999_999, 9 * 10**18)]
    types = [str(field.type) for field in cursor.execute(sql).fetch_arrow_all().schema]
    assert types == ["decimal128(38, 0)", "int64"]


def test_an_error_in_a_late_row_is_the_answer(connection: Any) -> None:
    cursor = connection.cursor()
    numbers = "SELECT SEQ4() AS I FROM TABLE(GENERATOR(ROWCOUNT => 200000))"
    wrong = f"SELECT 1 / (I - 150000) FROM ({numbers})"
    with pytest.raises(snowflake.connector.Error, match="Division by zero"):
        cursor.execute(wrong)
    assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_a_large_result_in_a_transaction(sql: Any, connection: Any) -> None:
    sql("CREATE TABLE T (A INT)")
    sql("INSERT INTO T SELECT SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 5000))")
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    cursor.execute("DELETE FROM T WHERE A >= 4000")
    assert len(cursor.execute("SELECT A FROM T ORDER BY A").fetchall()) == 4000
    cursor.execute("ROLLBACK")
    assert len(cursor.execute("SELECT A FROM T ORDER BY A").fetchall()) == 5000


def test_a_large_result_takes_numbers_of_a_sequence_once(sql: Any) -> None:
    sql("CREATE SEQUENCE S")
    taken = sql("SELECT S.NEXTVAL FROM TABLE(GENERATOR(ROWCOUNT => 5000))")
    assert sorted(taken) == [(number,) for number in range(1, 5001)]
    assert sql("SELECT S.NEXTVAL") == [(5001,)]


def test_a_large_result_is_scanned(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(SHARED["MANY"])
    wanted = "COUNT(*), SUM(I), MIN(T), MAX(D), COUNT(M)"
    scan = f"SELECT {wanted} FROM TABLE(RESULT_SCAN('{cursor.sfqid}'))"
    rows = SHARED["ROWS"]
    found = cursor.execute(scan).fetchone()
    assert found[:2] == (rows, rows * (rows - 1) // 2)
    assert (str(found[2]), str(found[3]), found[4]) == ("2024-01-01 00:00:00", "7499.75", 20_000)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the server's memory from /proc")
@pytest.mark.slow
def test_a_million_rows_are_not_held(endpoint: lifecycle.Endpoint) -> None:
    def resident() -> int:
        lines = Path(f"/proc/{endpoint.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024

    wide = (
        "SELECT SEQ4() AS I, REPEAT('x', 100) || SEQ4() AS S FROM TABLE(GENERATOR(ROWCOUNT => {}))"
    )
    with snowflake.connector.connect(**endpoint.connect_arguments()) as connection:
        cursor = connection.cursor()
        cursor.execute(wide.format(2000)).fetchall()
        before = resident()
        assert cursor.execute(wide.format(1_000_000)).fetch_arrow_all().num_rows == 1_000_000
    # As Python values the rows alone would take some 250 MB.
    assert resident() - before < 400
