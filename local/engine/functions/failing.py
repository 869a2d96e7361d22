"""How the engine's macros fail.

DuckDB's own `error` counts as a side effect, and DuckDB refuses to name such an expression again:
`SELECT 10 / 4 AS Q, Q + 1`. This function is plain, and of the type of a null, as `error` is.

It stands in a branch of a CASE alone: there DuckDB runs it where the condition holds. Out of a
COALESCE it takes what two expressions share, and runs it first.
"""

from . import function


@function("VARCHAR", returns="NULL")
def fail(why: str) -> None:
    """Fail with a message that `failures.py` knows, or that begins with `hush-failed:`."""
    raise RuntimeError(why)


@function("VARCHAR", returns="NULL")
def too_long(value: str) -> None:
    """Fail because a text has more characters than what it goes to."""
    raise RuntimeError(f"String '{value[:60]}' is too long and would be truncated")
