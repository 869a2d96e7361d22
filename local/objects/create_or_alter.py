"""CREATE OR ALTER TABLE: by difference, every row kept."""

from typing import Any

import duckdb

from ..engine import storage
from ..engine.catalogue import Object
from ..language.errors import compilation
from ..language.names import quote
from ..language.results import Result
from ..language.types import from_json
from ..sessions.session import Session
from .columns import Definition, check
from .table_edits import apply, change_type, require_unused


def alter_table(session: Session, item: Object, body: dict[str, Any]) -> Result:
    """Make an existing table what a definition says.

    Raises:
        SqlError: It would need another order of columns, or a change of type that is forbidden.
    """
    from .kinds.base import status

    new = {column["name"]: column for column in body["columns"]}
    old = {column["name"]: column for column in item.body["columns"]}
    check(Definition(body["columns"], body.get("constraints") or []))
    kept = [name for name in old if name in new]
    added = [name for name in new if name not in old]
    if [name for name in new if name in old] != kept or list(new)[: len(kept)] != kept:
        raise compilation(
            "CREATE OR ALTER cannot reorder columns: new ones go to the end", 2108, "22000"
        )
    gone = [name for name in old if name not in new]
    require_unused(item, gone)

    def edit(cursor: duckdb.DuckDBPyConnection) -> Object:
        for name in gone:
            storage.alter(cursor, item, f"DROP COLUMN {quote(name)}")
        columns = [_kept(cursor, item, old[name], new[name]) for name in kept]
        columns += [_added(session, cursor, item, new[name]) for name in added]
        properties = dict(body.get("properties", {}))
        tracking = item.body.get("properties", {}).get("CHANGE_TRACKING")
        # The one property that an absence does not unset.
        if tracking is not None:
            properties.setdefault("CHANGE_TRACKING", tracking)
        return item.with_body(
            columns=columns,
            constraints=body.get("constraints"),
            cluster_by=body.get("cluster_by"),
            comment=body.get("comment"),
            properties=properties,
        )

    apply(session, item, edit)
    return status(f"Table {item.name} successfully created.")


def _kept(
    cursor: duckdb.DuckDBPyConnection, item: Object, old: dict[str, Any], new: dict[str, Any]
) -> dict[str, Any]:
    changed = dict(new)
    if str(old.get("default")) != str(new.get("default")) and new.get("default") is not None:
        raise compilation(f"default of column '{old['name']}' cannot be changed", 2109, "22000")
    if "identity" in old:
        changed["identity"] = old["identity"]
    for kept in ("tags", "masking_policy", "masking_using"):
        if kept in old:
            changed[kept] = old[kept]
    if from_json(old["type"]) != from_json(new["type"]):
        _, step = change_type(item, old, from_json(new["type"]))
        if step is not None:
            step(cursor)
    if new.get("not_null") and not old.get("not_null"):
        storage.require_no_null(cursor, item, old["name"])
    return changed


def _added(
    session: Session, cursor: duckdb.DuckDBPyConnection, item: Object, column: dict[str, Any]
) -> dict[str, Any]:
    from ..sql.context import Context
    from ..sql.dml import default_sql
    from ..sql.fitting import fit

    kind = from_json(column["type"])
    storage.add_column(cursor, item, column["name"], kind)
    if "identity" in column:
        storage.create_identity(cursor, item, column["identity"])
    holder = item.with_body(columns=[column])
    default = default_sql(holder, column["name"], Context(session))
    if default is not None:
        cursor.execute(
            f'UPDATE data."t{item.id}" SET {quote(column["name"])} = {fit(default, kind)}'
        )
    if column.get("not_null"):
        storage.require_no_null(cursor, item, column["name"])
    return column
