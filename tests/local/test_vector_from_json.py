"""A vector out of JSON, which holds exact numbers in a form of its own."""

from collections.abc import Callable
from typing import Any

import pytest

DIGITS = "0.0678166076540947123"


@pytest.mark.parametrize(
    "made",
    [
        f"PARSE_JSON('[{DIGITS}, 1]')::ARRAY::VECTOR(FLOAT, 2)",
        f"PARSE_JSON('[{DIGITS}, 1]')::VECTOR(FLOAT, 2)",
        f"PARSE_JSON('{{\"a\": [{DIGITS}, 1]}}'):a::VECTOR(FLOAT, 2)",
        f"ARRAY_CONSTRUCT({DIGITS}, 1)::VECTOR(FLOAT, 2)",
        f"ARRAY_CONSTRUCT({DIGITS}::FLOAT, 1::FLOAT)::VECTOR(FLOAT, 2)",
    ],
)
def test_every_number_counts(sql: Callable[..., Any], made: str) -> None:
    ((distance,),) = sql(
        f"SELECT VECTOR_L2_DISTANCE({made}, [0.0678166076540947, 1]::VECTOR(FLOAT, 2))"
    )
    assert distance < 1e-6
