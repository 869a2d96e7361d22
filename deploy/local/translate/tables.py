"""Replaces names of tables, views and streams by what DuckDB holds for them."""

from sqlglot import exp

from ..catalogue import Object
from ..errors import SqlError, missing, not_allowed, unsupported
from ..names import Name, quote
from ..types import from_json
from . import ctes
from .context import Context, TableColumn
from .dialect import parse
from .marks import MADE, SEALED

ROW_ID, SINCE, BORN, UNTIL = "$rid", "$from", "$born", "$to"
_MAX_DEPTH = 40


def columns_of(table: Object) -> list[TableColumn]:
    """Return the columns of a table or view, in order."""
    return [
        TableColumn(column["name"], from_json(column["type"]), not column.get("not_null"))
        for column in table.body.get("columns", [])
    ]


def physical(table: Object, history: bool = False) -> str:
    """Return the name of the DuckDB table that holds a table's rows."""
    return f'data."{"h" if history else "t"}{table.id}"'


def fold_identifiers(tree: exp.Expr) -> None:
    """Give every identifier its stored form, quoted, so that DuckDB keeps it."""
    for pair in tree.find_all(exp.PropertyEQ):
        # The key of an object literal is no name.
        if isinstance(pair.this, exp.Identifier):
            pair.set("this", exp.Literal.string(pair.this.name))
    for identifier in tree.find_all(exp.Identifier):
        if not identifier.args.get("quoted"):
            identifier.set("this", str(identifier.this).upper())
            identifier.set("quoted", True)


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


def name_of(table: exp.Table) -> Name:
    """Return the name of a table in a statement; its identifiers are folded."""
    return Name(
        table.args["catalog"].name if table.args.get("catalog") else None,
        table.args["db"].name if table.args.get("db") else None,
        table.name,
    )


def _source(table: exp.Table, context: Context) -> exp.Expr:
    name = name_of(table)
    alias = table.alias or name.last
    if name.last in context.relations:
        sql = context.relations[name.last]
    elif name.schema == "INFORMATION_SCHEMA" or (
        name.schema is None and context.session.schema == "INFORMATION_SCHEMA"
    ):
        from ..information_schema import relation

        sql = relation(context, name)
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


def parse_duckdb(sql: str) -> exp.Query:
    """Return the tree of SQL that is DuckDB's already."""
    import sqlglot

    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def relation_of(context: Context, name: Name, table: exp.Table | None = None) -> str:
    """Return DuckDB's SQL for the rows of a table, view or stream.

    Raises:
        SqlError: There is none, or the role may not read it.
    """
    session = context.session
    item = find_relation(context, name)
    when = table.args.get("when") if table is not None else None
    changes = table.args.get("changes") if table is not None else None
    if context.owner_view is None:
        session.require("SELECT", item, str(name))
    if item.kind == "STREAM":
        from ..streams import stream_sql

        context.streams.append(item)
        return stream_sql(context, item)
    if item.kind == "VIEW":
        if when is not None or changes is not None:
            raise unsupported("time travel on a view")
        return view_sql(context, item)
    if item.kind in {"TABLE", "DYNAMIC TABLE"}:
        context.reads.add(item.id)
        if changes is not None or when is not None:
            from ..streams import changes_sql, state_sql

            if when is None:
                assert changes is not None
                return changes_sql(context, item, changes)
            return state_sql(context, item, when)
        if item.id in context.versions:
            from ..streams import state_at

            return state_at(item, context.versions[item.id])
        return protected(context, item)
    raise not_allowed(item.kind, str(name))


def find_relation(context: Context, name: Name) -> Object:
    """Return the table, view or stream of a name, as the statement or its view sees it."""
    session = context.session
    view = context.owner_view
    catalogue = session.engine.catalogue
    if view is not None:
        home = catalogue.path(view)
        database = name.database or home[0]
        schema = name.schema or home[1]
        holder = catalogue.find("DATABASE", 0, database)
        place = catalogue.find("SCHEMA", holder.id, schema) if holder else None
        for kind in ("TABLE", "STREAM"):
            found = catalogue.find(kind, place.id, name.last) if place else None
            if found is not None:
                return found
        raise missing("OBJECT", str(name))
    try:
        return session.find("TABLE", name)
    except SqlError as error:
        if error.code != 2003:
            raise
        try:
            return session.find("STREAM", name)
        except SqlError:
            raise missing("OBJECT", str(name)) from None


def column_list(table: Object) -> str:
    """Return the visible columns of a table, for a SELECT."""
    return ", ".join(quote(column.name) for column in columns_of(table))


def protected(context: Context, table: Object) -> str:
    """Return DuckDB's SQL for a table's rows, its policies applied."""
    policy = table.body.get("row_access_policy")
    masked = [column for column in table.body["columns"] if column.get("masking_policy")]
    plain = f"SELECT {column_list(table)} FROM {physical(table)}"
    if policy is None and not masked:
        return plain
    from ..policies import policy_sql

    values = []
    for column in table.body["columns"]:
        name = quote(column["name"])
        if column.get("masking_policy"):
            arguments = column.get("masking_using") or [column["name"]]
            values.append(
                f"{policy_sql(context, int(column['masking_policy']), arguments)} AS {name}"
            )
        else:
            values.append(name)
    condition = (
        f" WHERE {policy_sql(context, int(policy['policy']), policy['columns'])}" if policy else ""
    )
    return f"SELECT {', '.join(values)} FROM {physical(table)}{condition}"


def view_sql(context: Context, view: Object, versions: dict[int, int] | None = None) -> str:
    """Return DuckDB's SQL of a view, its own tables resolved."""
    from .dialect import write
    from .query import translate_query

    if context.depth >= _MAX_DEPTH:
        raise SqlError(
            f"SQL compilation error:\nView '{view.name}' refers to itself.", 2037, "42000"
        )
    inner = Context(
        context.session,
        parameters=context.parameters,
        consume=context.consume,
        reads=context.reads,
        streams=context.streams,
        owner_view=view,
        depth=context.depth + 1,
        versions=versions if versions is not None else context.versions,
    )
    with context.session.within(view.parent):
        tree = translate_query(parse(str(view.body["query"])), inner)
    names = ", ".join(quote(column.name) for column in columns_of(view))
    return f"SELECT * FROM ({write(tree)}) AS {quote(view.name)}({names})"
