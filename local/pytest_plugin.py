"""Pytest plugin of the local stack: a Snowflake for tests, without an account.

- The fixture `hushflake_stack`: a stack of the test session's own, in a temporary folder. With
  pytest-xdist each worker has one.
- The fixture `hushflake_setup`: overridden by a project that wants objects in every test; a
  function that gets a connection, once a session.
- The fixture `hushflake_connection`: a connection for one test. The stack is as `hushflake_setup`
  left it, whatever the tests before did.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .server.process.process import Endpoint

Setup = Callable[[Any], None]


@pytest.fixture(scope="session")
def hushflake_stack(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Endpoint]":
    """The endpoint of a stack that runs until the session ends."""
    from .server.process import lifecycle

    folder = tmp_path_factory.mktemp("hushflake")
    endpoint = lifecycle.ensure_running(folder, "tests")
    yield endpoint
    lifecycle.reset(folder, "tests")


@pytest.fixture(scope="session")
def hushflake_setup() -> Setup:
    """What every test finds: override it with a function of a connection."""
    return lambda connection: None


@pytest.fixture(scope="session")
def _hushflake_snapshot(hushflake_stack: "Endpoint", hushflake_setup: Setup) -> "Endpoint":
    import snowflake.connector

    from .server.process import lifecycle

    with snowflake.connector.connect(**hushflake_stack.connect_arguments()) as connection:
        hushflake_setup(connection)
    lifecycle.take_snapshot(hushflake_stack)
    return hushflake_stack


@pytest.fixture
def hushflake_connection(_hushflake_snapshot: "Endpoint") -> Iterator[Any]:
    """A `snowflake.connector` connection to the stack as `hushflake_setup` left it."""
    import snowflake.connector

    from .server.process import lifecycle

    lifecycle.restore_snapshot(_hushflake_snapshot)
    with snowflake.connector.connect(**_hushflake_snapshot.connect_arguments()) as connection:
        yield connection
