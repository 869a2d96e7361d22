"""The time zones that have a name.

https://docs.snowflake.com/en/sql-reference/parameters#timezone
"""

from functools import cache

import duckdb

# Abbreviations that the engine knows and the IANA database does not.
_ABBREVIATIONS = frozenset(
    [
        "ACT",
        "AET",
        "AGT",
        "ART",
        "AST",
        "BET",
        "BST",
        "CAT",
        "CNT",
        "CST",
        "CTT",
        "EAT",
        "ECT",
        "IET",
        "IST",
        "JST",
        "MIT",
        "NET",
        "NST",
        "PLT",
        "PNT",
        "PRT",
        "PST",
        "SST",
        "VST",
    ]
)


@cache
def zone_names() -> frozenset[str]:
    """Return the names of the IANA time zone database that the engine converts by."""
    with duckdb.connect(":memory:") as database:
        rows = database.execute("SELECT name FROM pg_timezone_names()").fetchall()
    return frozenset(
        name for (name,) in rows if name not in _ABBREVIATIONS and not name.startswith("SystemV/")
    )
