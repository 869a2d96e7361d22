"""A text that a model refuses: NULL, the error beside it, or a failed statement."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from hushflake.local.server.process import lifecycle

Sql = Callable[..., list[tuple[Any, ...]]]
VECTOR = "VECTOR(FLOAT, 768)"


@pytest.fixture(autouse=True)
def failing(endpoint: lifecycle.Endpoint) -> Iterator[None]:
    lifecycle.fail_embedding(endpoint, "poison")
    yield
    lifecycle.fail_embedding(endpoint, "")


def test_what_each_function_gives(sql: Sql) -> None:
    sql("CREATE TABLE T (ID INT, S VARCHAR)")
    sql("INSERT INTO T VALUES (1, 'a cat'), (2, 'a poison'), (3, NULL)")
    rows = sql("SELECT ID, AI_EMBED('e5-base-v2', S) IS NULL FROM T ORDER BY ID")
    assert rows == [(1, False), (2, True), (3, True)]
    told = sql(
        f"SELECT ID, R:value::{VECTOR} IS NULL, R:error::VARCHAR, TYPEOF(R) FROM "
        "(SELECT ID, AI_EMBED('e5-base-v2', S, TRUE) AS R FROM T) ORDER BY ID"
    )
    assert told == [
        (1, False, None, "OBJECT"),
        (2, True, "The model refused the input.", "OBJECT"),
        (3, True, None, None),
    ]
    with pytest.raises(ProgrammingError, match="refused the input"):
        sql("SELECT SNOWFLAKE.CORTEX.EMBED_TEXT_768('e5-base-v2', S) FROM T")
    with pytest.raises(ProgrammingError, match="return_error_details"):
        sql("SELECT AI_EMBED('e5-base-v2', 'a', ID > 0) FROM T")


def test_the_vector_is_the_same_with_and_without_details(sql: Sql) -> None:
    ((likeness,),) = sql(
        "SELECT VECTOR_COSINE_SIMILARITY(AI_EMBED('e5-base-v2', 'a cat', FALSE), "
        f"AI_EMBED('e5-base-v2', 'a cat', TRUE):value::{VECTOR})"
    )
    assert likeness == pytest.approx(1.0, abs=1e-6)
