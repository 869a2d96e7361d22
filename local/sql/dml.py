"""UPDATE and DELETE, and what all writing statements share: versions of rows, their history."""

from dataclasses import dataclass, field

from sqlglot import exp

from ..engine.catalogue import Object
from ..language.errors import SqlError, compilation, invalid_identifier
from ..language.names import quote
from ..language.types import DataType
from .context import Context
from .dialect import parse_expression, write
from .fitting import fit
from .guarded import update_sql, visible_rows
from .identifiers import fold_identifiers, name_of
from .inference import columns_by_source
from .policies import is_protected
from .query import mark_bound, translate_tree
from .stored import columns_of, physical


@dataclass
class Plan:
    """What a DML statement runs.

    Attributes:
        before: Statements that prepare it: sources, history.
        main: The statement itself.
        after: Statements that tidy up.
        checks: Queries that must return no row, with the error to raise otherwise.
    """

    main: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    checks: list[tuple[str, SqlError]] = field(default_factory=list)
    merge: bool = False
    query: str = ""


def target_of(tree: exp.Expr, context: Context, privilege: str) -> tuple[Object, str]:
    """Return the table that a DML statement writes, and the alias it has in it."""
    node = tree.this
    if isinstance(node, exp.Schema):
        node = node.this
    assert isinstance(node, exp.Table)
    fold_identifiers(node)
    session = context.session
    name = name_of(node)
    table = session.names.find("TABLE", name)
    if table.kind != "TABLE":
        raise compilation(f"{table.kind} '{name}' cannot be written.", 2004, "42501")
    session.identity.require(privilege, table, str(name))
    return table, node.alias or name.last


def default_sql(table: Object, name: str, context: Context) -> str | None:
    """Return DuckDB's SQL of a column's default, None when it has none."""
    for column in table.body["columns"]:
        if column["name"] == name:
            if "identity" in column:
                return f"nextval('data.\"s{table.id}_{column['identity']['id']}\"')"
            if "default" in column:
                tree = parse_expression(str(column["default"]))
                return write(translate_tree(tree, context), spent=True)
    return None


def is_default(node: exp.Expr) -> bool:
    """Tell whether a value is the keyword DEFAULT."""
    if isinstance(node, exp.Column):
        return not node.table and node.name.upper() == "DEFAULT"
    return isinstance(node, exp.Var) and str(node.this).upper() == "DEFAULT"


def history(table: Object, matching: str, version: int) -> list[str]:
    """Return what keeps the images of rows that a statement is about to change."""
    names = ", ".join(
        [*(quote(column.name) for column in columns_of(table)), '"$rid"', '"$from"', '"$born"']
    )
    return [
        (
            f'INSERT INTO {physical(table, history=True)} ({names}, "$to") '
            f'SELECT {names}, {version} FROM {physical(table)} WHERE "$rid" IN ({matching})'
        )
    ]


def _remembered(table: Object, version: int) -> str:
    """Return a query for the rows whose images `history` has kept: their condition holds once."""
    return f'SELECT "$rid" FROM {physical(table, history=True)} WHERE "$to" = {version}'


def tidy(table: Object, version: int) -> list[str]:
    """Return what forgets the images of rows that stayed as they were."""
    return [
        (
            f'DELETE FROM {physical(table, history=True)} WHERE "$to" = {version} AND "$rid" IN '
            f'(SELECT "$rid" FROM {physical(table)} WHERE "$from" < {version})'
        )
    ]


def part(node: exp.Expr | None, context: Context) -> str | None:
    """Return DuckDB's SQL of a part of a statement."""
    return None if node is None else write(translate_tree(node.copy(), context), spent=True)


def typed_part(node: exp.Expr, context: Context) -> tuple[str, DataType | None]:
    """Return DuckDB's SQL of a value in a statement, and its type where that is certain."""
    if isinstance(node, exp.Column):
        found = _column_of(node, context)
        if found is not None:
            return found
    sql = write(translate_tree(node.copy(), context), spent=True)
    (kind,) = context.kinds or [None]
    return sql, kind


def _column_of(node: exp.Column, context: Context) -> tuple[str, DataType | None] | None:
    """Return what `typed_part` does for a column of a known table, which most values are."""
    if set(node.args) - {"this", "table"} or not isinstance(node.this, exp.Identifier):
        return None
    copy = node.copy()
    fold_identifiers(copy)
    columns = context.sources.get(copy.table, {})
    if not copy.table or copy.name not in columns:
        return None
    return f"{quote(copy.table)}.{quote(copy.name)}", columns[copy.name][0]


def _from_list(nodes: list[exp.Expr], context: Context) -> str:
    """Return the items of FROM or USING, translated."""
    if not nodes:
        return ""
    select = exp.Select(expressions=[exp.Star()])
    select.set("from_", exp.From(this=nodes[0].copy()))
    for node in nodes[1:]:
        select.append("joins", exp.Join(this=node.copy()))
    return write(translate_tree(select, context), spent=True).removeprefix("SELECT * FROM ")


def update_plan(tree: exp.Update, context: Context, version: int) -> tuple[Object, Plan]:
    """Return what an UPDATE runs."""
    table, alias = target_of(tree, context, "UPDATE")
    source = tree.args.get("from_")
    name_sources(context, [tree.this, *([source.this] if source is not None else [])])
    items = _from_list([source.this] if source is not None else [], context)
    where_node = tree.args.get("where")
    where = part(where_node.this if where_node is not None else None, context)
    changes = assignments(table, tree.expressions, context)
    rows = _rows(table, alias, items, where, context)
    matching = f'SELECT {quote(alias)}."$rid" {rows}'
    if is_protected(context, table):
        main = update_sql(table, changes, rows, alias, version)
    else:
        changed = ", ".join(f"{column} = {value}" for column, value in changes)
        if where and not items:
            where = f'{quote(alias)}."$rid" IN ({_remembered(table, version)})'
        main = (
            f'UPDATE {physical(table)} AS {quote(alias)} SET {changed}, "$from" = {version}'
            f"{' FROM ' + items if items else ''}{f' WHERE {where}' if where else ''}"
        )
    return table, Plan(main, before=history(table, matching, version), after=tidy(table, version))


def _rows(table: Object, alias: str, items: str, where: str | None, context: Context) -> str:
    """Return FROM and WHERE of the rows that an UPDATE or a DELETE is about."""
    shown = f"{physical(table)} AS {quote(alias)}"
    if is_protected(context, table):
        shown = visible_rows(context, table, alias)
    return f"FROM {shown}{', ' + items if items else ''}{f' WHERE {where}' if where else ''}"


def name_sources(context: Context, nodes: list[exp.Expr]) -> None:
    """Say what the names in the expressions of a statement mean: columns of its tables."""
    made = [node.copy() for node in nodes]
    for node in made:
        fold_identifiers(node)
        mark_bound(node, context)
    context.sources = columns_by_source(made, context.session)


def assignments(table: Object, nodes: list[exp.Expr], context: Context) -> list[tuple[str, str]]:
    """Return the assignments of SET: columns, quoted, and DuckDB's SQL of their values."""
    columns = {column.name: column for column in columns_of(table)}
    found = []
    for node in nodes:
        assert isinstance(node, exp.EQ)
        left = node.this.copy()
        fold_identifiers(left)
        name = left.name
        if name not in columns:
            raise invalid_identifier(name)
        if is_default(node.expression):
            value, known = default_sql(table, name, context) or "NULL", None
        else:
            value, known = typed_part(node.expression, context)
        held = columns[name]
        made = fit(value, held.type, nullable=held.nullable, known=known)
        found.append((quote(name), made))
    return found


def delete_plan(tree: exp.Delete, context: Context, version: int) -> tuple[Object, Plan]:
    """Return what a DELETE runs."""
    table, alias = target_of(tree, context, "DELETE")
    using = list(tree.args.get("using") or [])
    name_sources(context, [tree.this, *using])
    items = _from_list(using, context)
    where_node = tree.args.get("where")
    where = part(where_node.this if where_node is not None else None, context)
    matching = f'SELECT {quote(alias)}."$rid" {_rows(table, alias, items, where, context)}'
    main = f'DELETE FROM {physical(table)} WHERE "$rid" IN ({_remembered(table, version)})'
    return table, Plan(main, before=history(table, matching, version))
