"""What SHOW has for every kind: where it looks, which objects it leaves, the usual columns."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...engine.catalogue import Object
from ...language.errors import SqlError
from ...language.patterns import like
from ...language.types import TEXT, TIMESTAMP_LTZ, DataType
from ...sessions.session import Session

MAX_SHOWN = 10_000
STANDARD_COLUMNS: tuple[tuple[str, DataType], ...] = (
    ("created_on", TIMESTAMP_LTZ),
    ("name", TEXT),
    ("database_name", TEXT),
    ("schema_name", TEXT),
)
# https://docs.snowflake.com/en/sql-reference/sql/show-objects
TERSE_COLUMNS: tuple[tuple[str, DataType], ...] = (
    ("created_on", TIMESTAMP_LTZ),
    ("name", TEXT),
    ("kind", TEXT),
    ("database_name", TEXT),
    ("schema_name", TEXT),
)


@dataclass(frozen=True)
class Scope:
    """Where SHOW looks, and for what."""

    parents: tuple[Object, ...] | None
    like: str | None = None
    starts_with: str | None = None
    limit: int | None = None
    after: str | None = None
    terse: bool = False
    history: bool = False
    inside: Object | None = None


def timestamp(microseconds: int | None) -> dt.datetime | None:
    """Return a moment as a value of a result."""
    if microseconds is None:
        return None
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)


def common_row(session: Session, item: Object) -> dict[str, Any]:
    """Return the columns that most SHOW commands have."""
    path = session.engine.catalogue.path(item)
    return {
        "created_on": timestamp(item.created),
        "dropped_on": timestamp(item.dropped),
        "name": item.name,
        "kind": item.kind,
        "database_name": path[0] if len(path) > 1 else "",
        "schema_name": path[1] if len(path) > 2 else "",
        "owner": item.owner,
        "comment": item.comment,
        "owner_role_type": ("DATABASE_ROLE" if "." in item.owner else "ROLE") if item.owner else "",
        "options": "",
        "retention_time": "1",
    }


def plain_name(item: Object) -> str:
    """Return the name of an object without the types of its arguments."""
    routine = item.kind in {"FUNCTION", "PROCEDURE"}
    return item.name.partition("(")[0] if routine else item.name


def filtered(session: Session, items: Iterable[Object], scope: Scope) -> list[Object]:
    """Return the objects that LIKE, STARTS WITH and LIMIT … FROM leave, in SHOW's order."""
    order = session.engine.catalogue.path
    found = sorted(items, key=order)
    if scope.like is not None:
        matches = like(scope.like, case_sensitive=False)
        found = [item for item in found if matches(plain_name(item))]
    if scope.starts_with is not None:
        found = [item for item in found if item.name.startswith(scope.starts_with)]
    if scope.after is not None:
        found = [item for item in found if item.name > scope.after]
    if scope.limit is not None:
        return found[: scope.limit]
    if len(found) > MAX_SHOWN:
        raise SqlError(
            f"The result set size exceeded the max number of rows({MAX_SHOWN}) supported for SHOW "
            "statements. Use LIMIT option to limit result set to a smaller number.",
            90153,
            "22000",
        )
    return found
