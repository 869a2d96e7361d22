"""How far behind a dynamic table or a search service may be. Not a kind.

https://docs.snowflake.com/en/sql-reference/sql/create-dynamic-table (TARGET_LAG)
https://docs.snowflake.com/en/sql-reference/sql/create-cortex-search (TARGET_LAG)
"""

import re
from collections.abc import Iterator
from typing import Final

from .base import Mistake

DOWNSTREAM: Final = "DOWNSTREAM"
_LAG: Final = re.compile(r"([1-9][0-9]{0,8}) (second|minute|hour|day)s?")
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def is_lag(text: str) -> bool:
    """Whether a text is a number and a unit, as `normal_lag` returns them."""
    return _LAG.fullmatch(text) is not None


def normal_lag(text: str) -> str:
    """`1 minute`, `60 seconds` and `1 MINUTES` as they are, in one case and without a plural;
    what is no lag, as it is written."""
    if text.strip().upper() == DOWNSTREAM:
        return DOWNSTREAM
    lag = " ".join(text.lower().split())
    return lag.removesuffix("s") if is_lag(lag) else text


def lag_mistakes(lag: str, *, downstream: bool, least_seconds: int = 1) -> Iterator[Mistake]:
    """Yield what is wrong with a normal lag.

    Args:
        downstream: Whether DOWNSTREAM may stand there.
        least_seconds: The shortest that Snowflake takes.
    """
    if downstream and lag == DOWNSTREAM:
        return
    found = _LAG.fullmatch(lag)
    words = "write for instance 5 minutes, 1 hour or 1 day" + (", or DOWNSTREAM" * downstream)
    if found is None:
        yield Mistake("target_lag", f"{lag!r} is not a lag", words)
    elif int(found[1]) * _SECONDS[found[2]] < least_seconds:
        yield Mistake("target_lag", f"{lag} is too short", f"write {least_seconds} seconds or more")
