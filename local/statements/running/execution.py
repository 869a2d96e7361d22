"""Runs translated queries and DML on DuckDB."""

import re
from functools import partial
from typing import Any

import duckdb
from sqlglot import exp

from ...cortex.parts import Part, answered, find_parts
from ...engine.catalogue import Object
from ...engine.failures import from_duckdb
from ...language.errors import SqlError
from ...language.results import DELETE, INSERT, MERGE, SELECT, UPDATE, Column, Result
from ...language.types import NUMBER
from ...language.types import from_duckdb as type_from_duckdb
from ...sessions.call import Call
from ...sessions.session import Session
from ...sessions.warehouses import require_warehouse
from ...sql.context import Context
from ...sql.described import bind_aside
from ...sql.dialect import parse, write
from ...sql.dml import Plan, delete_plan, update_plan
from ...sql.headers import name_columns, precise_types
from ...sql.inserting import insert_plan
from ...sql.merge import merge_plan
from ...sql.parameters import numbered, used_parameters
from ...sql.query import translate_query
from .fetching import fetched
from .recall import is_plain, marked, recall, remember


def run_query(call: Call) -> Result:
    """Run a SELECT."""
    session = call.session
    kept = recall(call)
    if kept is not None:
        return fetch(session, kept.sql, kept.context(call), kept.known, kept.parts)
    context = Context(session, marked(call.bindings))
    sql = numbered(call.sql)
    tree = parse(sql)
    if not isinstance(tree, exp.Query):
        raise SqlError("SQL compilation error:\nThis is not a query.", 1003, "42000")
    plain = is_plain(tree, session.names, call.sql)
    name_columns(tree, sql)
    precise = precise_types(tree, session.names)
    made = translate_query(tree, context)
    known = {**known_columns(context), **precise}
    parts = find_parts(made)
    translated = write(made, spent=True)
    if plain:
        remember(call, translated, context, known, parts)
    return fetch(session, translated, context, known, parts)


def known_columns(context: Context) -> dict[str, Column]:
    """Return the columns whose types the engine does not tell apart, by what is inferred."""
    return {
        name: Column(name, kind)
        for name, (kind, _) in context.columns.items()
        if kind is not None and kind.base in {"ARRAY", "OBJECT"}
    }


def fetch(
    session: Session,
    sql: str,
    context: Context,
    known: dict[str, Column],
    parts: tuple[Part, ...],
) -> Result:
    """Run DuckDB's SQL and return its rows with Snowflake's types.

    Args:
        session: Whose rows they are.
        sql: With the marks of `parts`.
        context: Of the translation.
        known: Columns whose types are known better than DuckDB tells.
        parts: What structures beside DuckDB's tables answer.
    """
    if 'data."t' in sql:
        require_warehouse(session)
    try:
        with answered(session, sql, context, parts) as filled:
            if session.transaction.writing:
                bind_aside(session, filled, context)
            given = used_parameters(filled, context) or None
            cursor = session.transaction.cursor.execute(filled, given)
            columns = _described(cursor, known)
            again = None if _ONCE.search(filled) else partial(cursor.sql, filled, params=given)
            rows = fetched(cursor, columns, session.engine.folder, again)
    except duckdb.Error as error:
        if session.transaction.writing:
            session.transaction.recover()
        raise from_duckdb(error) from None
    return Result(columns, rows, SELECT, is_query=True)


# What changes something where it runs, or takes long for a single row.
_ONCE = re.compile(r"nextval|hush_sequence|hush_python|embed", re.IGNORECASE)


def _described(cursor: duckdb.DuckDBPyConnection, known: dict[str, Column]) -> list[Column]:
    columns = []
    for name, kind, *_ in cursor.description or []:
        found = known.get(name)
        held = type_from_duckdb(str(kind))
        if found is not None and found.type.duckdb == held.duckdb:
            columns.append(found)
        else:
            columns.append(Column(name, held))
    return columns


_PLANS: dict[type, Any] = {
    exp.Insert: insert_plan,
    exp.Update: update_plan,
    exp.Delete: delete_plan,
    exp.Merge: merge_plan,
}


def run_dml(call: Call) -> Result:
    """Run an INSERT, UPDATE, DELETE or MERGE."""
    session = call.session
    sql = numbered(call.sql)
    tree = parse(sql)
    make = _PLANS.get(type(tree))
    if make is None:
        raise SqlError(
            "SQL compilation error:\nUnsupported feature 'this form of DML'.", 1003, "42000"
        )
    arrays = {key for key, binding in call.bindings.items() if binding.is_array}
    if arrays and not (isinstance(tree, exp.Insert) and isinstance(tree.expression, exp.Values)):
        return _each_row(call)
    context = Context(session, call.bindings, consume=True)
    context.array_columns = {key: f"b{key}" for key in arrays}
    written = _touched(session, tree)
    if written:
        require_warehouse(session)
    with session.transaction.write(written):
        try:
            version = session.engine.next_version()
            table, plan = make(tree, context, version)
            if isinstance(tree, exp.Insert) and tree.args.get("overwrite"):
                from ..truncate import empty

                session.identity.require("DELETE", table)
                # Evaluated first: the query may read the table that is about to be emptied.
                session.transaction.run(
                    f"CREATE OR REPLACE TEMP TABLE hush_overwrite AS SELECT * FROM ({plan.query}) AS q",
                    used_parameters(plan.query, context) or None,
                    context.reads,
                )
                empty(session, table)
                plan.main = plan.main.replace(f"FROM ({plan.query})", "FROM temp.hush_overwrite")
                plan.after.append("DROP TABLE temp.hush_overwrite")
            return _run_plan(session, plan, context, tree, table)
        except duckdb.Error as error:
            raise from_duckdb(error) from None


def _touched(session: Session, tree: exp.Expr) -> set[int]:
    """Return the ids that the statement locks: its target, and the streams it moves."""
    from ...language.errors import SqlError as Failure
    from ...sql.identifiers import fold_identifiers, name_of

    copy = tree.copy()
    fold_identifiers(copy)
    found: set[int] = set()
    target = copy.this.this if isinstance(copy.this, exp.Schema) else copy.this
    for node in copy.find_all(exp.Table):
        if not isinstance(node.this, exp.Identifier):
            continue
        for kind in ("TABLE", "STREAM"):
            try:
                item = session.names.find(kind, name_of(node))
            except Failure:
                continue
            if node is target or item.kind == "STREAM":
                found.add(item.id)
            if item.kind == "VIEW":
                found |= _streams_below(session, item)
    return found


def _streams_below(session: Session, view: Object) -> set[int]:
    return {int(key) for key in view.body.get("streams", [])}


def _each_row(call: Call) -> Result:
    """Run a statement with array bindings once a row, in one transaction."""
    session = call.session
    count = max(len(binding.value) for binding in call.bindings.values() if binding.is_array)
    total: list[int] = []
    result: Result | None = None
    opened = not session.transaction.is_open
    if opened:
        session.transaction.begin()
    try:
        for index in range(count):
            row = {
                key: type(binding)(
                    binding.type, binding.value[index] if binding.is_array else binding.value
                )
                for key, binding in call.bindings.items()
            }
            result = run_dml(Call(session, call.sql, call.parser, row))
            numbers = [int(value) for value in result.rows[0]]
            total = [a + b for a, b in zip(total or [0] * len(numbers), numbers, strict=True)]
        if opened:
            session.transaction.commit()
    except BaseException:
        if opened:
            session.transaction.rollback()
        raise
    assert result is not None
    return Result(result.columns, [total], result.statement_type)


def _run_plan(  # noqa: C901 - one clause a branch
    session: Session, plan: Plan, context: Context, tree: exp.Expr, table: Object
) -> Result:
    # Another connection does not see the rows that OVERWRITE has put aside.
    if session.transaction.is_open and not plan.merge and "temp.hush_overwrite" not in plan.main:
        bind_aside(session, plan.main, context)

    def execute(sql: str) -> Any:
        return session.transaction.run(sql, used_parameters(sql, context) or None, context.reads)

    for index, sql in enumerate(plan.before):
        execute(sql)
        if plan.merge and index == 0:
            for check, error in plan.checks:
                if execute(check).fetchone() is not None:
                    raise error
    outcome = execute(plan.main).fetchall()
    for sql in plan.after:
        execute(sql)
    if plan.merge:
        actions = [row[0] for row in outcome]
        counts: list[tuple[str, int]] = []
        kinds = {type(when.args["then"]).__name__ for when in tree.args["whens"].expressions}
        for label, action, kind in (
            ("inserted", "INSERT", "Insert"),
            ("updated", "UPDATE", "Update"),
            ("deleted", "DELETE", "Var"),
        ):
            if kind in kinds:
                counts.append((f"number of rows {label}", actions.count(action)))
        return _counted(counts, MERGE)
    changed = int(outcome[0][0])
    if isinstance(tree, exp.Insert):
        return _counted([("number of rows inserted", changed)], INSERT)
    if isinstance(tree, exp.Update):
        return _counted(
            [("number of rows updated", changed), ("number of multi-joined rows updated", 0)],
            UPDATE,
        )
    return _counted([("number of rows deleted", changed)], DELETE)


def _counted(counts: list[tuple[str, int]], kind: int) -> Result:
    return Result(
        [Column(name, NUMBER, False) for name, _ in counts], [[n for _, n in counts]], kind
    )
