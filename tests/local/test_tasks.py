"""Schedules, the clock, and what is due."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.language.errors import SqlError
from hushflake.local.objects import cron
from hushflake.local.server.process import lifecycle

UTC = dt.UTC


def after(text: str, moment: str) -> str:
    found = cron.parse(text).next_after(dt.datetime.fromisoformat(moment).replace(tzinfo=UTC))
    return found.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        ("5 MINUTES", "2024-01-01 00:00", "2024-01-01 00:05"),
        ("2 HOURS", "2024-01-01 23:00", "2024-01-02 01:00"),
        ("USING CRON 0 6 * * * UTC", "2024-01-01 06:00", "2024-01-02 06:00"),
        ("USING CRON */15 * * * * UTC", "2024-01-01 00:07", "2024-01-01 00:15"),
        ("USING CRON 0 9 * * MON-FRI UTC", "2024-01-05 10:00", "2024-01-08 09:00"),
        ("USING CRON 0 0 L * * UTC", "2024-02-01 00:00", "2024-02-29 00:00"),
        ("USING CRON 0 0 29 2 * UTC", "2024-03-01 00:00", "2028-02-29 00:00"),
        ("USING CRON 0 12 * * SUN America/New_York", "2024-06-30 10:00", "2024-06-30 16:00"),
        ("USING CRON 30 2 10 3 * America/New_York", "2024-03-09 12:00", "2025-03-10 06:30"),
        ("USING CRON 0 0 1 JAN,JUL * UTC", "2024-02-01 00:00", "2024-07-01 00:00"),
        ("USING CRON 0 0 13 * FRI UTC", "2024-01-01 00:00", "2024-01-05 00:00"),
    ],
)
def test_next_run(schedule: str, moment: str, expected: str) -> None:
    assert after(schedule, moment) == expected


@pytest.mark.parametrize(
    "schedule",
    ["", "5", "5 DAYS", "1 SECOND", "USING CRON 0 6 * * *", "USING CRON 60 6 * * * UTC",
     "USING CRON 0 6 * * * Mars/Base", "USING CRON 0 6 * * FRY UTC", "USING CRON */0 * * * * UTC"],
)  # fmt: skip
def test_a_schedule_that_is_none(schedule: str) -> None:
    with pytest.raises(SqlError, match="Invalid schedule"):
        cron.parse(schedule)


def test_what_is_due_runs_once(endpoint: lifecycle.Endpoint, sql: Any) -> None:
    sql("CREATE TABLE L (WHO VARCHAR)")
    sql(
        "CREATE TASK A WAREHOUSE = COMPUTE_WH SCHEDULE = '60 MINUTES' AS INSERT INTO L VALUES ('a')"
    )
    sql("CREATE TASK B WAREHOUSE = COMPUTE_WH AFTER A AS INSERT INTO L VALUES ('b')")
    sql("SELECT SYSTEM$TASK_DEPENDENTS_ENABLE('A')")
    assert lifecycle.run_due(endpoint) == []
    lifecycle.move_clock(endpoint, 3700)
    runs = lifecycle.run_due(endpoint)
    assert [(run["task"].rsplit(".", 1)[-1], run["state"]) for run in runs] == [
        ("A", "SUCCEEDED"),
        ("B", "SUCCEEDED"),
    ]
    assert lifecycle.run_due(endpoint) == []
    # Three hours of silence are one run, not three.
    lifecycle.move_clock(endpoint, 3 * 3600)
    assert len(lifecycle.run_due(endpoint)) == 2
    assert sql("SELECT WHO, COUNT(*) FROM L GROUP BY WHO ORDER BY 1") == [("a", 2), ("b", 2)]
    sql("ALTER TASK A SUSPEND")


def test_failures_suspend_a_task(endpoint: lifecycle.Endpoint, sql: Any) -> None:
    sql("CREATE TABLE L (WHO INT)")
    sql(
        "CREATE TASK BAD WAREHOUSE = COMPUTE_WH SCHEDULE = '10 MINUTES' "
        "SUSPEND_TASK_AFTER_NUM_FAILURES = 2 AS INSERT INTO L VALUES ('x')"
    )
    sql("ALTER TASK BAD RESUME")
    for _ in range(3):
        lifecycle.move_clock(endpoint, 700)
        lifecycle.run_due(endpoint)
    history = sql("SELECT STATE FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(TASK_NAME => 'BAD'))")
    assert history == [("FAILED",)] * 2
    (row,) = sql("SHOW TASKS")
    assert "SUSPENDED_DUE_TO_ERRORS" in row


def test_a_dynamic_table_follows_its_lag(endpoint: lifecycle.Endpoint, sql: Any) -> None:
    sql("CREATE TABLE T (ID INT)")
    sql(
        "CREATE DYNAMIC TABLE D TARGET_LAG = '10 minutes' WAREHOUSE = COMPUTE_WH "
        "AS SELECT COUNT(*) AS N FROM T"
    )
    sql("INSERT INTO T VALUES (1)")
    lifecycle.move_clock(endpoint, -100_000)
    assert lifecycle.run_due(endpoint) == []
    assert sql("SELECT N FROM D") == [(0,)]
    lifecycle.move_clock(endpoint, 200_000)
    lifecycle.run_due(endpoint)
    assert sql("SELECT N FROM D") == [(1,)]
    sql("ALTER DYNAMIC TABLE D SUSPEND")


def test_a_triggered_task_embeds_new_rows_and_then_rests(
    endpoint: lifecycle.Endpoint, sql: Any
) -> None:
    sql("CREATE TABLE T (ID INT, TEXT VARCHAR, E VECTOR(FLOAT, 768))")
    sql("CREATE STREAM S ON TABLE T")
    sql(
        "CREATE TASK EMBED WAREHOUSE = COMPUTE_WH WHEN SYSTEM$STREAM_HAS_DATA('S') AS "
        "MERGE INTO T USING (SELECT ID, AI_EMBED('e5-base-v2', TEXT) AS V FROM S "
        "WHERE METADATA$ACTION = 'INSERT' AND E IS NULL) X ON T.ID = X.ID "
        "WHEN MATCHED THEN UPDATE SET E = X.V"
    )
    sql("ALTER TASK EMBED RESUME")
    sql("INSERT INTO T (ID, TEXT) VALUES (1, 'a'), (2, 'b')")

    def ran() -> list[str]:
        runs = lifecycle.run_due(endpoint)
        return [run["state"] for run in runs if run["task"].endswith("EMBED")]

    assert ran() == ["SUCCEEDED"]
    assert sql("SELECT COUNT(E) FROM T") == [(2,)]
    # The write of the vectors comes back through the stream once, and changes nothing more.
    assert ran() == ["SUCCEEDED"]
    assert ran() == []
    sql("ALTER TASK EMBED SUSPEND")


def test_the_scheduler_runs_what_is_due_until_it_is_turned_off(tmp_path: Path) -> None:
    lifecycle.configure(tmp_path, "local", {"scheduler": 0.1})
    try:
        endpoint = lifecycle.ensure_running(tmp_path)
        with snowflake.connector.connect(**endpoint.connect_arguments()) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE DATABASE D")
            cursor.execute("CREATE TABLE L (AT TIMESTAMP_NTZ)")
            for name, definition in (
                ("BAD", "SELECT 1 / 0"),
                ("GOOD", "INSERT INTO L SELECT NULL"),
            ):
                cursor.execute(
                    f"CREATE TASK {name} WAREHOUSE = COMPUTE_WH "
                    f"SCHEDULE = '60 MINUTES' AS {definition}"
                )
                cursor.execute(f"ALTER TASK {name} RESUME")
            for hours in (1, 2):
                lifecycle.move_clock(endpoint, 3601)
                expected = [("BAD", "FAILED", hours), ("GOOD", "SUCCEEDED", hours)]
                deadline = time.monotonic() + 20
                while True:
                    states = cursor.execute(
                        "SELECT NAME, STATE, COUNT(*) FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())"
                        " WHERE STATE IN ('FAILED', 'SUCCEEDED') GROUP BY 1, 2 ORDER BY 1"
                    ).fetchall()
                    if states == expected:
                        break
                    assert time.monotonic() < deadline, states
                    time.sleep(0.05)
            assert cursor.execute("SELECT COUNT(*) FROM L").fetchall() == [(2,)]
    finally:
        lifecycle.stop(tmp_path)


def test_a_task_that_fails_is_tried_again_as_often_as_its_graph_says(sql: Any) -> None:
    sql("CREATE TABLE L (N INT)")
    sql("CREATE SEQUENCE S")
    # Sequences do not go back when a statement fails: the third attempt succeeds.
    body = "INSERT INTO L SELECT 1 / IFF(S.NEXTVAL < 3, 0, 1)"
    sql(
        "CREATE TASK T WAREHOUSE = COMPUTE_WH SCHEDULE = '60 MINUTES' "
        f"TASK_AUTO_RETRY_ATTEMPTS = 2 AS {body}"
    )
    sql("EXECUTE TASK T")
    assert sql("SELECT COUNT(*) FROM L") == [(1,)]
    assert sql(
        "SELECT STATE, ATTEMPT_NUMBER FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY("
        "TASK_NAME => 'T')) WHERE STATE <> 'SCHEDULED' ORDER BY QUERY_START_TIME"
    ) == [("FAILED", 1), ("FAILED", 2), ("SUCCEEDED", 3)]
