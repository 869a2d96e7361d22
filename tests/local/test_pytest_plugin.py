"""The pytest plugin, used by a project of its own."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import snowflake.connector

from hushflake.local.language.errors import LocalStackError
from hushflake.local.server.process import lifecycle

pytest_plugins = ["pytester"]

PROJECT = """
import pytest

@pytest.fixture(scope="session")
def hushflake_setup():
    def setup(connection):
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE SHOP")
        cursor.execute("CREATE TABLE SHOP.PUBLIC.ORDERS (ID INT)")
        cursor.execute("INSERT INTO SHOP.PUBLIC.ORDERS VALUES (1)")
        cursor.execute("CREATE ROLE READER")
    return setup

@pytest.mark.parametrize("number", range(3))
def test_each_test_finds_the_same(hushflake_connection, number):
    cursor = hushflake_connection.cursor()
    assert cursor.execute("SELECT COUNT(*) FROM SHOP.PUBLIC.ORDERS").fetchone() == (1,)
    cursor.execute("INSERT INTO SHOP.PUBLIC.ORDERS VALUES (2)")
    cursor.execute("DROP ROLE READER")
    cursor.execute("CREATE DATABASE OTHER")
    cursor.execute("CREATE TEMPORARY TABLE SHOP.PUBLIC.T (ID INT)")
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[lifecycle.Endpoint]:
    try:
        yield lifecycle.ensure_running(tmp_path)
    finally:
        lifecycle.stop(tmp_path)


def test_every_test_finds_what_the_setup_made(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PROJECT)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q")
    result.assert_outcomes(passed=3)


def test_a_snapshot_ends_sessions_and_is_put_back(own: lifecycle.Endpoint) -> None:
    with pytest.raises(LocalStackError, match="cannot restore a snapshot"):
        lifecycle.restore_snapshot(own)
    one = snowflake.connector.connect(**own.connect_arguments())
    one.cursor().execute("CREATE DATABASE KEPT")
    lifecycle.take_snapshot(own)
    with pytest.raises(snowflake.connector.Error):
        one.cursor().execute("SELECT 1")
    two = snowflake.connector.connect(**own.connect_arguments())
    cursor = two.cursor()
    cursor.execute("CREATE TABLE KEPT.PUBLIC.T (V VECTOR(FLOAT, 3))")
    # Open when the stack is put back: rolled back, nothing hangs.
    cursor.execute("BEGIN")
    cursor.execute("INSERT INTO KEPT.PUBLIC.T SELECT [1, 2, 3]::VECTOR(FLOAT, 3)")
    begun = time.monotonic()
    lifecycle.restore_snapshot(own)
    assert time.monotonic() - begun < 10
    with snowflake.connector.connect(**own.connect_arguments()) as three:
        cursor = three.cursor()
        assert cursor.execute("SHOW TABLES IN DATABASE KEPT").fetchall() == []
        cursor.execute("CREATE TABLE KEPT.PUBLIC.T (ID INT)")
    # The data folder is still one that this user's hushflake made.
    lifecycle.stop(own.home.parent.parent)
    again = lifecycle.ensure_running(own.home.parent.parent)
    with snowflake.connector.connect(**again.connect_arguments()) as four:
        assert len(four.cursor().execute("SHOW TABLES IN DATABASE KEPT").fetchall()) == 1
