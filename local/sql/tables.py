"""Replaces names of tables, views and streams by what DuckDB holds for them."""

from sqlglot import exp

from ..language.errors import not_allowed, unsupported
from ..language.names import Name
from . import ctes
from .context import Context
from .identifiers import name_of, parse_duckdb
from .marks import MADE, SEALED
from .policies import protected
from .provided import Provided
from .stored import find_relation
from .streams import changes_sql, state_at, state_sql, stream_sql
from .views import view_sql


def resolve_tables(tree: exp.Expr, context: Context) -> None:
    """Replace every table that is not a common table expression."""
    ctes.rename(tree)
    for table in list(tree.find_all(exp.Table)):
        if table.meta.get(MADE) or not isinstance(table.this, exp.Identifier):
            continue
        if not _in_sealed(table):
            table.replace(_source(table, context))
    _shorten_columns(tree)


def _in_sealed(node: exp.Expr) -> bool:
    """Tell whether a node is in what is translated already: a function's body, a view."""
    below, parent = node, node.parent
    while parent is not None:
        if parent.meta.get(SEALED) and below.arg_key == "this":
            return True
        below, parent = parent, parent.parent
    return False


def _shorten_columns(tree: exp.Expr) -> None:
    """`db.schema.table.column` becomes `table.column`: tables are subqueries with that alias."""
    for column in tree.find_all(exp.Column):
        if column.args.get("db"):
            column.set("db", None)
            column.set("catalog", None)


def _source(table: exp.Table, context: Context) -> exp.Expr:
    name = name_of(table)
    alias = table.alias or name.last
    if name.last in context.relations:
        sql = context.relations[name.last]
    elif name.schema == "INFORMATION_SCHEMA" or (
        name.schema is None and context.session.place.schema == "INFORMATION_SCHEMA"
    ):
        sql = context.session.engine.part(Provided).relation(context, name)
    elif name.database == "SNOWFLAKE" and name.schema == "ACCOUNT_USAGE":
        raise unsupported(f"SNOWFLAKE.ACCOUNT_USAGE.{name.last}")
    else:
        sql = relation_of(context, name, table)
    found = parse_duckdb(sql).subquery(exp.to_identifier(alias, quoted=True))
    found.meta[SEALED] = True
    if table.args.get("alias") is not None and table.args["alias"].args.get("columns"):
        found.set("alias", table.args["alias"].copy())
    for key in ("joins", "pivots", "sample", "laterals"):
        if table.args.get(key):
            found.set(key, table.args[key])
    return found


def relation_of(context: Context, name: Name, table: exp.Table | None = None) -> str:
    """Return DuckDB's SQL for the rows of a table, view or stream.

    Raises:
        SqlError: There is none, or who asks may not read it.
    """
    item = find_relation(context, name)
    when = table.args.get("when") if table is not None else None
    changes = table.args.get("changes") if table is not None else None
    context.require("SELECT", item, str(name))
    if item.kind == "STREAM":
        context.streams.append(item)
        return stream_sql(context, item)
    if item.kind == "VIEW":
        if when is not None or changes is not None:
            raise unsupported("time travel on a view")
        return view_sql(context, item)
    if item.kind in {"TABLE", "DYNAMIC TABLE"}:
        context.reads.add(item.id)
        if changes is not None or when is not None:
            if when is None:
                assert changes is not None
                return changes_sql(context, item, changes)
            return state_sql(context, item, when)
        if item.id in context.versions:
            return state_at(context, item, context.versions[item.id])
        return protected(context, item)
    raise not_allowed(item.kind, str(name))
