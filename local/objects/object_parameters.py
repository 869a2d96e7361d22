"""SHOW PARAMETERS IN DATABASE, SCHEMA and WAREHOUSE.

https://docs.snowflake.com/en/sql-reference/sql/show-parameters
"""

from typing import Any

from ..engine.catalogue import Object
from ..language.patterns import like
from ..language.results import SHOW, Column, Result
from ..language.types import TEXT
from ..sessions.call import Call

# Defaults: https://docs.snowflake.com/en/sql-reference/parameters
_OF_CONTAINERS: dict[str, Any] = {
    "DATA_RETENTION_TIME_IN_DAYS": 1,
    "DEFAULT_DDL_COLLATION": "",
    "MAX_DATA_EXTENSION_TIME_IN_DAYS": 14,
}
_OF_WAREHOUSES: dict[str, Any] = {
    "MAX_CONCURRENCY_LEVEL": 8,
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": 0,
    "STATEMENT_TIMEOUT_IN_SECONDS": 172_800,
}
_KINDS = {"DATABASE": _OF_CONTAINERS, "SCHEMA": _OF_CONTAINERS, "WAREHOUSE": _OF_WAREHOUSES}
_COLUMNS = ("key", "value", "default", "level", "description", "type")


def show_object_parameters(call: Call, pattern: str) -> Result | None:
    """Run SHOW PARAMETERS IN the kind and name that follow; None when it is no such kind."""
    from .kinds import kinds

    parser, session = call.parser, call.session
    kind = next((name for name in _KINDS if parser.accept("IN", name)), None)
    if kind is None:
        return None
    item = kinds()[kind].find(session, parser.name())
    parser.end()
    matches = like(pattern, case_sensitive=False)
    rows = []
    for name, default in _KINDS[kind].items():
        if matches(name):
            value, level = _held(call, item, name, default)
            sort = "NUMBER" if isinstance(default, int) else "STRING"
            rows.append([name, str(value), str(default), level, "", sort])
    return Result([Column(name, TEXT) for name in _COLUMNS], rows, SHOW)


def _held(call: Call, item: Object, name: str, default: Any) -> tuple[Any, str]:
    """The value that counts, and where it is set."""
    here: Object | None = item
    while here is not None:
        value = here.body.get("properties", {}).get(name)
        if value is not None:
            return value, here.kind
        here = call.session.engine.catalogue.get(here.parent) if here.parent else None
    return default, ""
