"""SYSTEM$CANCEL_ALL_QUERIES ends what another session of the user runs, whatever it is."""

import threading
import time
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle


@pytest.mark.parametrize(
    "statement", ["SELECT SYSTEM$WAIT(60)", "SELECT COUNT(*) FROM A, A AS B, A AS C, A AS D"]
)
def test_the_statement_of_another_session_is_cancelled(
    endpoint: lifecycle.Endpoint, statement: str
) -> None:
    seen: list[Any] = []
    with snowflake.connector.connect(**endpoint.connect_arguments()) as one:
        cursor = one.cursor()
        cursor.execute("CREATE OR REPLACE DATABASE CANCELLED")
        cursor.execute(
            "CREATE TABLE A AS SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 9999))"
        )
        number = cursor.execute("SELECT CURRENT_SESSION()").fetchone()[0]

        def run() -> None:
            try:
                cursor.execute(statement)
            except snowflake.connector.errors.ProgrammingError as error:
                seen.append(error)

        waiting = threading.Thread(target=run)
        waiting.start()
        time.sleep(1)
        with snowflake.connector.connect(**endpoint.connect_arguments()) as two:
            sql = f"SELECT SYSTEM$CANCEL_ALL_QUERIES({number})"
            assert two.cursor().execute(sql).fetchone()[0] == "1 cancelled."
            waiting.join(20)
            assert not waiting.is_alive()
            assert two.cursor().execute(sql).fetchone()[0] == "0 cancelled."
    assert "canceled" in str(seen[0])
