"""SHOW PRIMARY KEYS, UNIQUE KEYS, IMPORTED KEYS, COLUMNS and PARAMETERS."""

import json
from typing import Any

from ..engine.catalogue import Object
from ..language.errors import SqlError
from ..language.parser import Parser
from ..language.patterns import like
from ..language.results import SHOW, Column, Result
from ..language.types import NUMBER, TEXT, TIMESTAMP_LTZ, from_json
from ..sessions.call import Call
from ..sessions.parameters import PARAMETERS
from ..sessions.session import Session
from .account_parameters import show_held_parameters
from .kinds import kinds
from .kinds.showing import timestamp
from .object_parameters import show_object_parameters
from .places import default_scope, read_place

KEYS = ("PRIMARY KEYS", "UNIQUE KEYS", "IMPORTED KEYS", "EXPORTED KEYS", "COLUMNS")


def _tables(call: Call) -> list[Object]:
    """Consume IN … and return the tables that it holds."""
    parser, session = call.parser, call.session
    kind = kinds()["TABLE"]
    parents, _ = default_scope(session, kind)
    if parser.accept("IN"):
        parents = _place(parser, session)
    catalogue = session.engine.catalogue
    if parents is None:
        found = catalogue.of_kind("TABLE") + catalogue.of_kind("DYNAMIC TABLE")
    else:
        found = []
        for parent in parents:
            if parent.kind in {"TABLE", "VIEW", "DYNAMIC TABLE"}:
                found.append(parent)
            else:
                found += catalogue.children(parent.id, "TABLE")
                found += catalogue.children(parent.id, "DYNAMIC TABLE")
                found += catalogue.children(parent.id, "VIEW")
                for kept in ("TABLE", "VIEW"):
                    found += session.temporary.children([parent], kept)
    return sorted(session.names.visible(found), key=catalogue.path)


def _place(parser: Parser, session: Session) -> tuple[Object, ...] | None:
    """Consume a place; a bare name that is no schema's or database's may be a table's."""
    begin = parser.index
    try:
        return read_place(parser, session, kinds()["TABLE"])[0]
    except SqlError:
        place = parser.index
        parser.index = begin
        try:
            return (session.names.find("TABLE", parser.name()),)
        except SqlError:
            parser.index = place
        raise


def show_keys(call: Call, what: str) -> Result:
    """Run SHOW PRIMARY KEYS and its like; the keywords are consumed."""
    session = call.session
    if what == "COLUMNS":
        return _show_columns(call)
    tables = _tables(call)
    call.parser.end()
    if what in {"IMPORTED KEYS", "EXPORTED KEYS"}:
        return _foreign_keys(session, tables, exported=what == "EXPORTED KEYS")
    kind = what.removesuffix("S").replace(" KEY", "") if what == "UNIQUE KEYS" else "PRIMARY KEY"
    columns = [
        Column("created_on", TIMESTAMP_LTZ),
        *(
            Column(name, TEXT)
            for name in ("database_name", "schema_name", "table_name", "column_name")
        ),
        Column("key_sequence", NUMBER),
        *(Column(name, TEXT) for name in ("constraint_name", "rely", "comment")),
    ]
    rows: list[list[Any]] = []
    for table in tables:
        path = session.engine.catalogue.path(table)
        for constraint in table.body.get("constraints") or []:
            if constraint["type"] == kind:
                for index, name in enumerate(constraint["columns"], 1):
                    rows.append(
                        [
                            timestamp(table.created),
                            *path,
                            name,
                            index,
                            constraint_name(table, constraint),
                            "true" if constraint.get("rely") else "false",
                            None,
                        ]
                    )
    return Result(columns, rows, SHOW)


def constraint_name(table: Object, constraint: dict[str, Any]) -> str:
    """Return a constraint's name; one without gets one, as in Snowflake."""
    if constraint.get("name"):
        return str(constraint["name"])
    held = table.body.get("constraints") or []
    # By identity: two may be alike, and each has a name of its own.
    number = next(place for place, other in enumerate(held) if other is constraint)
    return f"SYS_CONSTRAINT_{table.id:08x}-{number:04x}"


def _foreign_keys(session: Session, tables: list[Object], *, exported: bool) -> Result:
    names = (
        "pk_database_name",
        "pk_schema_name",
        "pk_table_name",
        "pk_column_name",
        "fk_database_name",
        "fk_schema_name",
        "fk_table_name",
        "fk_column_name",
    )
    columns = [
        Column("created_on", TIMESTAMP_LTZ),
        *(Column(name, TEXT) for name in names),
        Column("key_sequence", NUMBER),
        *(
            Column(name, TEXT)
            for name in (
                "update_rule",
                "delete_rule",
                "fk_name",
                "pk_name",
                "deferrability",
                "rely",
                "comment",
            )
        ),
    ]
    catalogue = session.engine.catalogue
    wanted = {catalogue.path(table) for table in tables}
    rows: list[list[Any]] = []
    for table in catalogue.of_kind("TABLE") if exported else tables:
        path = catalogue.path(table)
        for constraint in table.body.get("constraints") or []:
            if constraint["type"] != "FOREIGN KEY":
                continue
            database, schema, last = constraint["references"]
            target = (database or path[0], schema or path[1], last)
            if exported and target not in wanted:
                continue
            targets = constraint["target_columns"] or [None] * len(constraint["columns"])
            for index, (name, other) in enumerate(
                zip(constraint["columns"], targets, strict=True), 1
            ):
                rows.append(
                    [
                        timestamp(table.created),
                        *target,
                        other,
                        *path,
                        name,
                        index,
                        constraint.get("update", "NO ACTION"),
                        constraint.get("delete", "NO ACTION"),
                        constraint_name(table, constraint),
                        None,
                        "NOT DEFERRABLE",
                        "true" if constraint.get("rely") else "false",
                        None,
                    ]
                )
    return Result(columns, rows, SHOW)


def _show_columns(call: Call) -> Result:
    parser, session = call.parser, call.session
    pattern = parser.string() if parser.accept("LIKE") else None
    tables = _tables(call)
    parser.end()
    matches = like(pattern, case_sensitive=False) if pattern is not None else lambda _: True
    names = (
        "table_name",
        "schema_name",
        "column_name",
        "data_type",
        "null?",
        "default",
        "kind",
        "expression",
        "comment",
        "database_name",
        "autoincrement",
        "schema_evolution_record",
    )
    rows = []
    for table in tables:
        database, schema, last = session.engine.catalogue.path(table)
        for column in table.body.get("columns", []):
            if matches(column["name"]):
                rows.append(  # noqa: PERF401 - reads better than one expression
                    [
                        last,
                        schema,
                        column["name"],
                        _type_json(column),
                        "NOT_NULL" if column.get("not_null") else "true",
                        str(column.get("default") or ""),
                        "COLUMN",
                        "",
                        column.get("comment") or "",
                        database,
                        "",
                        None,
                    ]
                )
    return Result([Column(name, TEXT) for name in names], rows, SHOW)


def _type_json(column: dict[str, Any]) -> str:
    kind = from_json(column["type"])
    base = {"NUMBER": "FIXED", "FLOAT": "REAL", "VARCHAR": "TEXT"}.get(kind.base, kind.base)
    shown: dict[str, Any] = {"type": base}
    if kind.base == "NUMBER":
        shown |= {"precision": kind.precision, "scale": kind.scale}
    elif kind.base == "VARCHAR":
        shown |= {
            "length": kind.length,
            "byteLength": min(4 * (kind.length or 0), 16_777_216),
            "fixed": False,
        }
    elif kind.base == "VECTOR":
        shown |= {
            "dimension": kind.length,
            "vectorElementType": {"type": "REAL" if kind.element == "FLOAT" else "FIXED"},
        }
    elif kind.base.startswith("TIME"):
        shown |= {"precision": 0, "scale": kind.precision}
    return json.dumps({**shown, "nullable": not column.get("not_null")}, separators=(",", ":"))


def show_parameters(call: Call) -> Result:
    """Run SHOW PARAMETERS; the keywords are consumed."""
    parser, session = call.parser, call.session
    pattern = parser.string() if parser.accept("LIKE") else "%"
    if parser.accept("IN", "ACCOUNT") or parser.looking_at("IN", "USER"):
        return show_held_parameters(call, pattern)
    found = show_object_parameters(call, pattern)
    if found is not None:
        return found
    if parser.accept("IN"):
        parser.accept("SESSION")
        if not parser.at_end():
            raise parser.unexpected()
    if parser.accept("FOR", "SESSION"):
        pass
    parser.end()
    matches = like(pattern, case_sensitive=False)
    rows = []
    for name, default in sorted(PARAMETERS.items()):
        if matches(name):
            value = session.settings.parameter(name)
            rows.append(
                [
                    name,
                    _shown(value),
                    _shown(default),
                    "SESSION" if name in session.settings.parameters else "",
                    "",
                    _kind(default),
                ]
            )
    names = ("key", "value", "default", "level", "description", "type")
    return Result([Column(name, TEXT) for name in names], rows, SHOW)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(value: Any) -> str:
    return {bool: "BOOLEAN", int: "NUMBER"}.get(type(value), "STRING")
