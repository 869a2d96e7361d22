"""Temporary objects: of one session, before those of the same name, gone with it."""

import os
import signal
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle

from .conftest import Sql


@pytest.fixture
def other(endpoint: lifecycle.Endpoint, sql: Sql) -> Any:
    """Run statements in another session, in the same database."""
    (database,) = sql("SELECT CURRENT_DATABASE()")[0]
    arguments = endpoint.connect_arguments()
    with snowflake.connector.connect(**arguments, database=database) as opened:
        yield lambda text: list(opened.cursor().execute(text).fetchall())


def test_another_session_sees_what_all_see(sql: Sql, other: Any) -> None:
    sql("CREATE TABLE t (a INT)")
    sql("INSERT INTO t VALUES (1)")
    # The same text in both sessions: a translation that is kept must not be the other's.
    for _ in range(2):
        assert other("SELECT * FROM t") == [(1,)]
        assert sql("SELECT * FROM t") == [(1,)]
    sql("CREATE TEMPORARY TABLE t AS SELECT 2 AS a")
    for _ in range(2):
        assert sql("SELECT * FROM t") == [(2,)]
        assert other("SELECT * FROM t") == [(1,)]


@pytest.mark.parametrize(
    "listing",
    [
        "SHOW TABLES",
        "SHOW TABLES IN ACCOUNT",
        "SHOW OBJECTS",
        "SHOW COLUMNS IN ACCOUNT",
        "SELECT table_name FROM INFORMATION_SCHEMA.TABLES WHERE table_schema = 'PUBLIC'",
        "SELECT table_name FROM INFORMATION_SCHEMA.COLUMNS WHERE table_schema = 'PUBLIC'",
        "SHOW GRANTS TO ROLE ACCOUNTADMIN",
    ],
)
def test_nothing_lists_what_another_session_has(sql: Sql, other: Any, listing: str) -> None:
    before = other(listing)
    sql("CREATE TEMP TABLE only_mine (a INT)")
    assert other(listing) == before
    assert "ONLY_MINE" not in str(other(listing))


def test_a_view_of_all_does_not_read_what_one_session_has(sql: Sql, other: Any) -> None:
    sql("CREATE TABLE t AS SELECT 1 AS a")
    sql("CREATE VIEW v AS SELECT a FROM t")
    sql("CREATE TEMPORARY TABLE t AS SELECT 2 AS a")
    sql("CREATE TEMPORARY VIEW w AS SELECT a FROM t")
    assert sql("SELECT a FROM v") == [(1,)]
    assert sql("SELECT a FROM w") == [(2,)]
    with pytest.raises(snowflake.connector.ProgrammingError, match="'W' does not exist"):
        other("SELECT a FROM w")


def test_a_role_needs_no_privilege_to_create_one(sql: Sql) -> None:
    sql("CREATE ROLE IF NOT EXISTS passing")
    (database,) = sql("SELECT CURRENT_DATABASE()")[0]
    sql(f"GRANT USAGE ON DATABASE {database} TO ROLE passing")
    sql(f"GRANT USAGE ON SCHEMA {database}.PUBLIC TO ROLE passing")
    sql("USE ROLE passing")
    with pytest.raises(snowflake.connector.ProgrammingError, match="Insufficient privileges"):
        sql("CREATE TABLE kept (a INT)")
    sql("CREATE TEMPORARY TABLE passing (a INT)")
    sql("USE ROLE ACCOUNTADMIN")
    sql("CREATE TEMPORARY TABLE second (a INT)")
    sql("USE ROLE passing")
    sql("CREATE TEMPORARY TABLE third (a INT)")


def test_they_go_with_their_session(endpoint: lifecycle.Endpoint, sql: Sql) -> None:
    arguments = endpoint.connect_arguments()
    (database,) = sql("SELECT CURRENT_DATABASE()")[0]
    with snowflake.connector.connect(**arguments, database=database) as opened:
        opened.cursor().execute("CREATE TEMPORARY TABLE gone AS SELECT 1 AS a")
        opened.cursor().execute("CREATE OR REPLACE TEMPORARY TABLE gone AS SELECT 2 AS a")
        opened.cursor().execute("CREATE TEMPORARY VIEW over AS SELECT a FROM gone")
    with snowflake.connector.connect(**arguments, database=database) as opened:
        assert opened.cursor().execute("SHOW OBJECTS").fetchall() == []
    # A name that was another session's temporary one is free.
    sql("CREATE TABLE gone (a INT)")


def test_a_killed_server_leaves_none(tmp_path: Any) -> None:
    endpoint = lifecycle.ensure_running(tmp_path)
    try:
        opened = snowflake.connector.connect(**endpoint.connect_arguments())
        opened.cursor().execute("CREATE DATABASE d")
        opened.cursor().execute("CREATE TABLE kept AS SELECT 1 AS a")
        opened.cursor().execute("CREATE TEMPORARY TABLE kept AS SELECT 2 AS a, 3 AS b")
        opened.cursor().execute("CREATE TEMPORARY TABLE dropped (a INT)")
        opened.cursor().execute("DROP TABLE dropped")
        os.kill(endpoint.pid, signal.SIGKILL)
        endpoint = lifecycle.ensure_running(tmp_path)
        with snowflake.connector.connect(**endpoint.connect_arguments(), database="D") as again:
            assert again.cursor().execute("SELECT * FROM kept").fetchall() == [(1,)]
            assert len(again.cursor().execute("SHOW TABLES").fetchall()) == 1
    finally:
        lifecycle.stop(tmp_path)
