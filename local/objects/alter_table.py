"""ALTER TABLE: columns, constraints, clustering, swap."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb

from ..engine import storage
from ..engine.catalogue import Object
from ..language.errors import SqlError, compilation, unsupported
from ..language.names import quote
from ..language.parser import Parser
from ..language.types import from_json
from ..sessions.call import Call
from ..sessions.session import Session
from .alter_column import alter_columns
from .applying import require_apply
from .columns import Definition, check, read_column, read_constraint, require_keys
from .table_edits import apply, column_of, require_unused, with_column


def run(call: Call, item: Object) -> bool:
    """Consume and run one form of ALTER TABLE; return whether it was one of those here."""
    parser, session = call.parser, call.session
    for words, handler in _FORMS:
        if parser.accept(*words):
            handler(parser, session, item)
            return True
    return False


def add_columns(
    session: Session, item: Object, added: list[dict[str, Any]], constraints: list[dict[str, Any]]
) -> None:
    """Add columns, their defaults filled into the rows that are there."""
    from ..sql.context import Context
    from ..sql.dml import default_sql
    from ..sql.fitting import fit

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


_LITERAL = re.compile(
    r"(?i)'(?:[^'\\]|''|\\.)*'|[-+]?[0-9]+(?:\.[0-9]*)?(?:E[-+]?[0-9]+)?|TRUE|FALSE|NULL"
)


def _require_literal_default(column: dict[str, Any]) -> None:
    """Fail on a default that is no literal of the column's type, and remember where it came from.

    https://docs.snowflake.com/en/sql-reference/sql/alter-table (ADD COLUMN, DEFAULT)
    """
    default = column.get("default")
    if default is None:
        return
    if _LITERAL.fullmatch(default.strip()) is None:
        raise compilation(f"Invalid column default expression [{default}]", 2263, "22000")
    base = str(column["type"]["base"])
    if default.strip()[0] == "'" and base != "VARCHAR":
        raise compilation(
            f"Expression type does not match column data type, expecting {base} but got "
            f"VARCHAR({len(default.strip()) - 2}) for column {column['name']}",
            2023,
            "22000",
        )
    column["default_by_alter"] = True


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
        value = _row_access(parser, session, item)
        parser.end()
        if item.body.get("row_access_policy") is not None:
            raise compilation(
                f"Object {item.name} already has a ROW_ACCESS_POLICY. Only one ROW_ACCESS_POLICY is "
                "allowed at a time.",
                3560,
                "42710",
            )
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
        _require_literal_default(column)
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
    require_unused(item, names)
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
        policy = session.names.find("ROW ACCESS POLICY", parser.name())
        require_apply(session.identity, policy, item)
        following = None
        if parser.accept(","):
            # One policy in the place of another: https://docs.snowflake.com/en/sql-reference/sql/alter-table
            parser.expect("ADD", "ROW", "ACCESS", "POLICY")
            following = _row_access(parser, session, item)
        parser.end()
        if (item.body.get("row_access_policy") or {}).get("policy") != policy.id:
            raise compilation(f"policy '{policy.name}' is not on this table", 3532, "23001")
        apply(session, item, lambda _: item.with_body(row_access_policy=following))
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


def _row_access(parser: Parser, session: Session, item: Object) -> dict[str, Any]:
    """Consume `policy ON (columns)`."""
    policy = session.names.find("ROW ACCESS POLICY", parser.name())
    require_apply(session.identity, policy, item)
    parser.expect("ON")
    names = parser.names()
    for name in names:
        column_of(item, name)
    return {"policy": policy.id, "columns": names}


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
    changed = changed.with_body(
        constraints=constraints or None, **_policies_renamed(changed, old, new)
    )

    def edit(cursor: duckdb.DuckDBPyConnection) -> Object:
        storage.alter(cursor, item, f"RENAME COLUMN {quote(old)} TO {quote(new)}")
        return changed

    apply(session, item, edit)


def _policies_renamed(item: Object, old: str, new: str) -> dict[str, Any]:
    """Return what the policies of a table say when a column has another name."""

    def renamed(names: list[str]) -> list[str]:
        return [new if name == old else name for name in names]

    columns = [
        {**column, "masking_using": renamed(column["masking_using"])}
        if "masking_using" in column
        else column
        for column in item.body["columns"]
    ]
    policy = item.body.get("row_access_policy")
    rows = {**policy, "columns": renamed(policy["columns"])} if policy is not None else None
    return {"columns": columns, "row_access_policy": rows}


def _swap(parser: Parser, session: Session, item: Object) -> None:
    other = session.names.find("TABLE", parser.name())
    parser.end()
    session.identity.require_ownership(other)
    with session.transaction.ddl() as change:
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
    (("ALTER",), alter_columns),
    (("MODIFY",), alter_columns),
    (("SWAP", "WITH"), _swap),
    (("CLUSTER", "BY"), _cluster),
    (("SUSPEND", "RECLUSTER"), _recluster),
    (("RESUME", "RECLUSTER"), _recluster),
)
