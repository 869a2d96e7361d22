"""ALTER TABLE: columns, constraints, clustering, swap."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb

from . import storage
from .catalogue import Object
from .columns import Definition, check, read_column, read_constraint, require_keys
from .dispatch import Call
from .errors import SqlError, compilation, unsupported
from .failures import from_duckdb
from .names import quote
from .parser import Parser
from .session import Session
from .types import from_json, read_type, widened

Editor = Callable[[duckdb.DuckDBPyConnection], Object]


def run(call: Call, item: Object) -> bool:
    """Consume and run one form of ALTER TABLE; return whether it was one of those here."""
    parser, session = call.parser, call.session
    for words, handler in _FORMS:
        if parser.accept(*words):
            handler(parser, session, item)
            return True
    return False


def apply(session: Session, item: Object, edit: Editor) -> None:
    """Change a table's rows and its catalogue entry in one transaction, nobody writing to it."""
    session.commit()
    session.lock_objects([item.id])
    try:
        with session.ddl() as change:
            try:
                change.put(edit(session.cursor))
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
    raise compilation(f"invalid identifier '{name}'", 904, "42000")


def with_column(item: Object, name: str, column: dict[str, Any]) -> Object:
    """Return the table with a column's definition replaced."""
    columns = [column if held["name"] == name else held for held in item.body["columns"]]
    return item.with_body(columns=columns)


def add_columns(
    session: Session, item: Object, added: list[dict[str, Any]], constraints: list[dict[str, Any]]
) -> None:
    """Add columns, their defaults filled into the rows that are there."""
    from .translate.context import Context
    from .translate.dml import default_sql, fit

    every = [*(item.body.get("constraints") or []), *constraints]
    check(Definition([*item.body["columns"], *added], every))
    # Of columns that are there, a key says nothing new: one may have lost its NOT NULL since.
    require_keys(Definition(added, every))

    def edit(cursor: duckdb.DuckDBPyConnection) -> Object:
        changed = item.with_body(
            columns=[*item.body["columns"], *added],
            constraints=[*(item.body.get("constraints") or []), *constraints] or None,
        )
        for column in added:
            kind = from_json(column["type"])
            storage.add_column(cursor, item, column["name"], kind)
            if "identity" in column:
                storage.create_identity(cursor, item, column["identity"])
            default = default_sql(changed, column["name"], Context(session))
            if default is not None:
                cursor.execute(
                    f'UPDATE data."t{item.id}" SET {quote(column["name"])} = {fit(default, kind)}'
                )
            if column.get("not_null"):
                if default is None and storage.row_count(cursor, item):
                    raise SqlError(
                        f"SQL compilation error:\nNon-nullable column '{column['name']}' cannot be "
                        f"added to non-empty table '{item.name}' unless it has a non-null default "
                        "value.",
                        2023,
                        "22000",
                    )
                storage.require_no_null(cursor, item, column["name"])
        return changed

    apply(session, item, edit)


def _add(parser: Parser, session: Session, item: Object) -> None:
    if parser.looking_at("CONSTRAINT") or any(
        parser.looking_at(*words)
        for words in (("PRIMARY", "KEY"), ("UNIQUE", "("), ("FOREIGN", "KEY"))
    ):
        constraint = read_constraint(parser)
        parser.end()
        held = [*(item.body.get("constraints") or []), constraint]
        # ALTER … ADD PRIMARY KEY does not touch nullability, unlike CREATE.
        check(Definition(item.body["columns"], held))
        apply(session, item, lambda _: item.with_body(constraints=held))
        return
    if parser.accept("ROW", "ACCESS", "POLICY"):
        policy = session.find("ROW ACCESS POLICY", parser.name())
        parser.expect("ON")
        names = parser.names()
        parser.end()
        for name in names:
            column_of(item, name)
        value = {"policy": policy.id, "columns": names}
        apply(session, item, lambda _: item.with_body(row_access_policy=value))
        return
    if parser.accept("SEARCH", "OPTIMIZATION"):
        raise unsupported("SEARCH OPTIMIZATION")
    parser.accept("COLUMN")
    added: list[dict[str, Any]] = []
    constraints: list[dict[str, Any]] = []
    while True:
        skip = parser.accept("IF", "NOT", "EXISTS")
        column = read_column(parser, session, constraints, [*item.body["columns"], *added])
        taken = any(held["name"] == column["name"] for held in item.body["columns"])
        if taken and not skip:
            raise compilation(f"column '{column['name']}' already exists", 1430, "42S21")
        if not taken:
            added.append(column)
        if not parser.accept(","):
            break
        parser.accept("COLUMN")
    parser.end()
    if added:
        add_columns(session, item, added, constraints)


def drop_columns(session: Session, item: Object, names: list[str]) -> None:
    """Drop columns and what was said about them."""
    for name in names:
        column_of(item, name)
    kept = [column for column in item.body["columns"] if column["name"] not in names]
    if not kept:
        raise compilation("a table must keep at least one column", 2026, "42601")
    constraints = [
        constraint
        for constraint in item.body.get("constraints") or []
        if not set(constraint["columns"]) & set(names)
    ]

    def edit(cursor: duckdb.DuckDBPyConnection) -> Object:
        for name in names:
            storage.alter(cursor, item, f"DROP COLUMN {quote(name)}")
        return item.with_body(columns=kept, constraints=constraints or None)

    apply(session, item, edit)


def _drop(parser: Parser, session: Session, item: Object) -> None:
    kind = parser.accept_any(["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CONSTRAINT"])
    if kind is not None:
        _drop_constraint(parser, session, item, kind)
        return
    if parser.accept("CLUSTERING", "KEY"):
        parser.end()
        apply(session, item, lambda _: item.with_body(cluster_by=None))
        return
    if parser.accept("ROW", "ACCESS", "POLICY"):
        policy = session.find("ROW ACCESS POLICY", parser.name())
        parser.end()
        if (item.body.get("row_access_policy") or {}).get("policy") != policy.id:
            raise compilation(f"policy '{policy.name}' is not on this table", 3532, "23001")
        apply(session, item, lambda _: item.with_body(row_access_policy=None))
        return
    parser.accept("COLUMN")
    names = []
    while True:
        skip = parser.accept("IF", "EXISTS")
        name = parser.identifier()
        if not skip or any(column["name"] == name for column in item.body["columns"]):
            names.append(name)
        if not parser.accept(","):
            break
    parser.accept_any(["CASCADE", "RESTRICT"])
    parser.end()
    if names:
        drop_columns(session, item, names)


def _drop_constraint(parser: Parser, session: Session, item: Object, kind: str) -> None:
    held = item.body.get("constraints") or []
    if kind == "CONSTRAINT":
        name = parser.identifier()
        gone = [constraint for constraint in held if constraint.get("name") == name]
    else:
        columns = parser.names() if parser.looking_at("(") else None
        gone = [
            constraint
            for constraint in held
            if constraint["type"] == kind and columns in (None, constraint["columns"])
        ]
    parser.accept_any(["CASCADE", "RESTRICT"])
    parser.end()
    if not gone:
        raise compilation(f"no such {kind.lower()} on table '{item.name}'", 2237, "42704")
    kept = [constraint for constraint in held if constraint not in gone]
    apply(session, item, lambda _: item.with_body(constraints=kept or None))


def _rename_column(parser: Parser, session: Session, item: Object) -> None:
    old = parser.identifier()
    parser.expect("TO")
    new = parser.identifier()
    parser.end()
    column = column_of(item, old)
    if any(
        held["name"].upper() == new.upper() and held["name"] != old for held in item.body["columns"]
    ):
        raise compilation(f"column '{new}' already exists", 1430, "42S21")
    changed = with_column(item, old, {**column, "name": new})
    constraints = [
        {**constraint, "columns": [new if name == old else name for name in constraint["columns"]]}
        for constraint in item.body.get("constraints") or []
    ]
    changed = changed.with_body(constraints=constraints or None)

    def edit(cursor: duckdb.DuckDBPyConnection) -> Object:
        storage.alter(cursor, item, f"RENAME COLUMN {quote(old)} TO {quote(new)}")
        return changed

    apply(session, item, edit)


def _alter_columns(parser: Parser, session: Session, item: Object) -> None:
    opened = parser.accept("(")
    current = item
    steps: list[Callable[[duckdb.DuckDBPyConnection], None]] = []
    while True:
        parser.accept("COLUMN")
        name = parser.identifier()
        column = column_of(current, name)
        column, step = _alter_column(parser, session, current, column)
        current = with_column(current, name, column)
        if step is not None:
            steps.append(step)
        if not parser.accept(","):
            break
        parser.accept("MODIFY") or parser.accept("ALTER")
    if opened:
        parser.expect(")")
    parser.end()

    def edit(cursor: duckdb.DuckDBPyConnection) -> Object:
        for step in steps:
            step(cursor)
        return current

    apply(session, item, edit)


def _alter_column(  # noqa: C901 - one clause a branch
    parser: Parser, session: Session, item: Object, column: dict[str, Any]
) -> tuple[dict[str, Any], Callable[[duckdb.DuckDBPyConnection], None] | None]:
    name = column["name"]
    if parser.accept("COMMENT"):
        return {**column, "comment": parser.string()}, None
    if parser.accept("UNSET", "COMMENT"):
        return {key: value for key, value in column.items() if key != "comment"}, None
    if parser.accept("DROP", "DEFAULT"):
        return {key: value for key, value in column.items() if key != "default"}, None
    if parser.accept("SET", "DEFAULT"):
        default = parser.text_until(",", ")")
        if (
            "NEXTVAL" not in default.upper()
            or "NEXTVAL" not in str(column.get("default", "")).upper()
        ):
            raise compilation(
                f"default of column '{name}' cannot be changed: only a sequence can replace a "
                "sequence",
                2109,
                "22000",
            )
        return {**column, "default": default}, None
    if parser.accept("DROP", "NOT", "NULL"):
        return {key: value for key, value in column.items() if key != "not_null"}, None
    if parser.accept("SET", "NOT", "NULL") or parser.accept("NOT", "NULL"):
        changed = {**column, "not_null": True}
        return changed, lambda cursor: storage.require_no_null(cursor, item, name)
    if parser.accept("SET", "TAG"):
        from .kinds.tagging import read_tags

        return {**column, "tags": {**column.get("tags", {}), **read_tags(session, parser)}}, None
    if parser.accept("UNSET", "TAG"):
        gone = str(session.find("TAG", parser.name()).id)
        kept = {key: value for key, value in column.get("tags", {}).items() if key != gone}
        return {**column, "tags": kept}, None
    if parser.accept("SET", "MASKING", "POLICY"):
        policy = session.find("MASKING POLICY", parser.name())
        changed = {**column, "masking_policy": policy.id}
        if parser.accept("USING"):
            changed["masking_using"] = parser.names()
        parser.accept("FORCE")
        return changed, None
    if parser.accept("UNSET", "MASKING", "POLICY"):
        return {key: value for key, value in column.items() if key != "masking_policy"}, None
    parser.accept("SET", "DATA") or parser.accept("SET")
    parser.expect("TYPE") if parser.looking_at("TYPE") else None
    return change_type(item, column, read_type(parser))


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


def _swap(parser: Parser, session: Session, item: Object) -> None:
    other = session.find("TABLE", parser.name())
    parser.end()
    session.require_ownership(other)
    with session.ddl() as change:
        change.put(replace(item, name=other.name, parent=other.parent))
        change.put(replace(other, name=item.name, parent=item.parent))


def _cluster(parser: Parser, session: Session, item: Object) -> None:
    inner = Parser(parser.bracketed_text())
    parser.end()
    keys = [inner.text_until(",")]
    while inner.accept(","):
        keys.append(inner.text_until(","))
    apply(session, item, lambda _: item.with_body(cluster_by=keys))


def _recluster(parser: Parser, session: Session, item: Object) -> None:
    # SUSPEND and RESUME RECLUSTER: nothing is reclustered here; the wish is kept and shown.
    verb = parser.tokens[parser.index - 2].upper
    parser.end()
    apply(session, item, lambda _: item.with_body(recluster=None if verb == "RESUME" else "off"))


_FORMS: tuple[tuple[tuple[str, ...], Callable[[Parser, Session, Object], None]], ...] = (
    (("ADD",), _add),
    (("DROP",), _drop),
    (("RENAME", "COLUMN"), _rename_column),
    (("ALTER",), _alter_columns),
    (("MODIFY",), _alter_columns),
    (("SWAP", "WITH"), _swap),
    (("CLUSTER", "BY"), _cluster),
    (("SUSPEND", "RECLUSTER"), _recluster),
    (("RESUME", "RECLUSTER"), _recluster),
)
