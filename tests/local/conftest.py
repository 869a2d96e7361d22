"""A stack in a temporary folder, and connections to it through the real connector."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lifecycle.Endpoint]:
    folder = tmp_path_factory.mktemp("stack")
    try:
        yield lifecycle.ensure_running(folder)
    finally:
        lifecycle.stop(folder)


@pytest.fixture(scope="module")
def folder(endpoint: lifecycle.Endpoint) -> Path:
    return endpoint.home.parent.parent


@pytest.fixture
def connection(endpoint: lifecycle.Endpoint) -> Iterator[Any]:
    with snowflake.connector.connect(**endpoint.connect_arguments()) as opened:
        yield opened


@pytest.fixture
def sql(connection: Any, request: pytest.FixtureRequest) -> Sql:
    """Runs a statement in a fresh database of the test's own and returns its rows."""
    name = "".join(character for character in request.node.name if character.isalnum())[-60:]
    cursor = connection.cursor()
    cursor.execute(f"CREATE OR REPLACE DATABASE T_{name}")

    def run(text: str, *binds: Any) -> list[tuple[Any, ...]]:
        return list(cursor.execute(text, binds or None).fetchall())

    return run
