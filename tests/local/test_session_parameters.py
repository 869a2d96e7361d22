"""Session parameters: known ones with the effect that the page says, unknown ones refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle
from hushflake.local.sessions.parameters import KNOWN

from .conftest import Sql

PAGE = Path(__file__).parents[2] / "docs" / "local-stack.md"


def connect(endpoint: lifecycle.Endpoint, **parameters: Any) -> Any:
    arguments = endpoint.connect_arguments()
    return snowflake.connector.connect(**arguments, session_parameters=parameters)


def test_the_page_names_what_is_set_with_an_effect_or_without() -> None:
    lines = {
        line.split("|")[1].strip(): line for line in PAGE.read_text().splitlines() if "|" in line
    }
    for name, known in KNOWN.items():
        row = {"documented": "as documented", "none": "accepted, and no answer depends on them"}
        if known.effect in row:
            assert f"`{name}`" in lines[row[known.effect]]


def test_parameters_of_connect_are_set(endpoint: lifecycle.Endpoint) -> None:
    with connect(endpoint, QUERY_TAG="mine", CLIENT_PREFETCH_THREADS=2) as opened:
        rows = opened.cursor().execute("SHOW PARAMETERS LIKE 'QUERY_TAG'").fetchall()
        assert rows[0][1] == "mine"


def test_options_of_the_older_connector_are_no_parameters(endpoint: lifecycle.Endpoint) -> None:
    # What the newer one does not know, it hands on as a parameter of the session.
    with connect(endpoint, DISABLE_OCSP_CHECKS=True, login_timeout=5) as opened:
        found = opened.cursor().execute("SHOW PARAMETERS LIKE 'DISABLE%'").fetchall()
        assert found == []


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"NO_SUCH_PARAMETER": 1}, "invalid parameter 'NO_SUCH_PARAMETER'"),
        ({"DATE_OUTPUT_FORMAT": "DD.MM.YYYY"}, "DATE_OUTPUT_FORMAT = DD.MM.YYYY"),
        ({"AUTOCOMMIT": "perhaps"}, "invalid value"),
    ],
)
def test_what_is_refused_is_refused_at_connect(
    endpoint: lifecycle.Endpoint, parameters: dict[str, Any], told: str
) -> None:
    with pytest.raises(snowflake.connector.Error, match=told):
        connect(endpoint, **parameters).cursor().execute("SELECT 1")


def test_the_log_holds_no_password(endpoint: lifecycle.Endpoint, sql: Sql) -> None:
    value = f"quite-{len(KNOWN)}-hidden"
    sql(f"CREATE OR REPLACE USER logged PASSWORD = '{value}' COMMENT = 'here'")
    with pytest.raises(snowflake.connector.ProgrammingError):
        sql(f"ALTER USER not_there SET PASSWORD='{value}'")
    log = (endpoint.home / "log.jsonl").read_text("utf-8")
    texts = [json.loads(line)["text"] for line in log.splitlines()]
    assert any("CREATE OR REPLACE USER logged" in text and "'here'" in text for text in texts)
    assert value not in " ".join(texts)
    (row,) = [row for row in sql("DESC USER logged") if row[0] == "PASSWORD"]
    assert row[1] == "********"
