"""Changes of a table: its rows and its catalogue entry in one transaction."""

from collections.abc import Callable
from typing import Any

import duckdb

from ..engine import storage
from ..engine.catalogue import Object
from ..engine.failures import from_duckdb
from ..language.errors import compilation, invalid_identifier
from ..language.names import quote
from ..language.types import from_json, widened
from ..sessions.session import Session

Editor = Callable[[duckdb.DuckDBPyConnection], Object]


def apply(session: Session, item: Object, edit: Editor) -> None:
    """Change a table's rows and its catalogue entry in one transaction, nobody writing to it."""
    session.transaction.commit()
    session.transaction.lock_objects([item.id])
    try:
        with session.transaction.ddl() as change:
            try:
                change.put(edit(session.transaction.cursor))
            except duckdb.Error as error:
                raise from_duckdb(error) from None
    finally:
        session.engine.locks.release(session.key)


def column_of(item: Object, name: str) -> dict[str, Any]:
    """Return a column's definition.

    Raises:
        SqlError: The table has none of that name.
    """
    for column in item.body["columns"]:
        if column["name"] == name:
            return dict(column)
    raise invalid_identifier(name)


def with_column(item: Object, name: str, column: dict[str, Any]) -> Object:
    """Return the table with a column's definition replaced."""
    columns = [column if held["name"] == name else held for held in item.body["columns"]]
    return item.with_body(columns=columns)


def require_unused(item: Object, names: list[str]) -> None:
    """Fail when a policy of a table needs one of these columns."""
    used = set((item.body.get("row_access_policy") or {}).get("columns", ()))
    for column in item.body["columns"]:
        if column["name"] not in names:
            used |= set(column.get("masking_using") or ())
    for name in names:
        if name in used:
            raise compilation(
                f"Column '{name}' cannot be dropped: a policy of table '{item.name}' needs it.",
                3548,
                "23001",
            )


def change_type(
    item: Object, column: dict[str, Any], new: Any
) -> tuple[dict[str, Any], Callable[[duckdb.DuckDBPyConnection], None] | None]:
    """Return a column with another type, and what that means for the rows."""
    old = from_json(column["type"])
    kind = widened(old, new)
    changed = {**column, "type": kind.to_json()}
    if kind.duckdb == old.duckdb:
        return changed, None
    spelt = f"ALTER COLUMN {quote(column['name'])} SET DATA TYPE {kind.duckdb}"
    return changed, lambda cursor: storage.alter(cursor, item, spelt)
