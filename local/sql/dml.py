"""INSERT, UPDATE and DELETE: the rows, their versions and their history."""

import re
from dataclasses import dataclass, field

from sqlglot import exp

from ..engine.catalogue import Object
from ..language.errors import SqlError, compilation, invalid_identifier
from ..language.names import quote, spell
from ..language.types import MAX_TEXT, DataType
from .context import Context, TableColumn
from .dialect import parse_expression, write
from .guarded import delete_sql, update_sql, visible_rows
from .identifiers import fold_identifiers, name_of
from .inference import columns_by_source
from .policies import is_protected
from .query import translate_tree
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


def fit(value: str, kind: DataType, *, nullable: bool = True) -> str:
    """Return DuckDB's SQL that turns a value into what a column holds."""
    # A literal of the very type needs no conversion, which takes long to plan, and is never null.
    if kind.base == "TIMESTAMP_LTZ" and _INSTANT.fullmatch(value):
        return value
    if kind.base == "VARCHAR" and _TEXT.fullmatch(value):
        return _fit_length(value, kind)
    if not nullable:
        return f"hush.required({fit(value, kind)})"
    if kind.base == "VARCHAR":
        return _fit_length(f"CAST(hush.to_text({value}) AS VARCHAR)", kind)
    if kind.base in {"VARIANT", "OBJECT", "ARRAY"}:
        return f"hush.to_variant({value})"
    if kind.base in _MOMENTS:
        return _MOMENTS[kind.base].format(value)
    return f"CAST({value} AS {kind.duckdb})"


# A zoned value goes through the session's time zone, or keeps its offset.
_MOMENTS = {
    "DATE": "hush.fit_date({})",
    "TIME": "hush.fit_time({})",
    "TIMESTAMP_NTZ": "hush.wall_of({})",
    "TIMESTAMP_LTZ": "hush.any_instant({}, false)",
    "TIMESTAMP_TZ": "hush.any_tz({}, false)",
}


def _fit_length(text: str, kind: DataType) -> str:
    if kind.length is not None and kind.length < MAX_TEXT:
        return f"hush.fit({text}, {kind.length})"
    return text


_INSTANT = re.compile(r"CAST\('[-+:. 0-9]+' AS TIMESTAMPTZ\)")
_TEXT = re.compile(r"'(?:[^']|'')*'")


def fit_default(default: str | None, column: TableColumn) -> str:
    """Return DuckDB's SQL of what a column holds when nothing is given for it."""
    # Checked for null, a number of a sequence would be taken twice; it never is null.
    checked = not column.nullable and "nextval(" not in (default or "").lower()
    return fit(default or "NULL", column.type, nullable=not checked)


def default_sql(table: Object, name: str, context: Context) -> str | None:
    """Return DuckDB's SQL of a column's default, None when it has none."""
    for column in table.body["columns"]:
        if column["name"] == name:
            if "identity" in column:
                return f"nextval('data.\"s{table.id}_{column['identity']['id']}\"')"
            if "default" in column:
                tree = parse_expression(str(column["default"]))
                return write(translate_tree(tree, context))
    return None


def insert_plan(tree: exp.Insert, context: Context, version: int) -> tuple[Object, Plan]:
    """Return what an INSERT runs."""
    table, _ = target_of(tree, context, "INSERT")
    columns = {column.name: column for column in columns_of(table)}
    node = tree.this
    listed = list(columns)
    if isinstance(node, exp.Schema):
        fold_identifiers(node)
        listed = [item.name for item in node.expressions]
    for name in listed:
        if name not in columns:
            raise invalid_identifier(name)
    if len(set(listed)) < len(listed):
        raise compilation("duplicate column name in the column list", 2025, "42S21")
    source = tree.expression
    if isinstance(source, exp.Subquery) and not source.alias:
        source = source.unnest()
    source = source.copy()
    if isinstance(source, exp.Values):
        _check_values(source)
        _fill_defaults(source, table, listed, context)
        widths = {len(row.expressions) for row in source.expressions}
    else:
        widths = set() if source.is_star else {len(source.selects)}
    if widths and widths != {len(listed)}:
        raise compilation(
            f"Insert value list does not match column list expecting {len(listed)} but got "
            f"{next(iter(widths - {len(listed)}))}",
            2057,
            "21S01",
        )
    texts = _texts_of(source)
    query = _source_sql(source, context, tree)
    _check_vectors([columns[name] for name in listed], context)
    sql = insert_sql(table, columns, listed, query, version, context, texts)
    return table, Plan(sql, query=query)


def _texts_of(source: exp.Expr) -> frozenset[int]:
    """Return the places of values that are texts in every row: they need no conversion."""
    if not isinstance(source, exp.Values):
        return frozenset()
    rows = [row.expressions for row in source.expressions]
    return frozenset(
        place
        for place, column in enumerate(zip(*rows, strict=False))
        if all(isinstance(value, exp.Literal) and value.is_string for value in column)
    )


def _check_vectors(columns: list[TableColumn], context: Context) -> None:
    """Fail when a vector has another size than the column that it goes to."""
    given = [kind for kind, _ in context.columns.values()]
    if len(given) != len(columns):
        return
    for column, kind in zip(columns, given, strict=True):
        wanted = column.type
        if kind is None or kind.base != "VECTOR" or wanted.base != "VECTOR":
            continue
        if kind.length != wanted.length:
            raise compilation(
                f"Expression type does not match column data type, expecting {wanted} but got "
                f"{kind} for column {spell(column.name)}",
                2023,
                "22000",
            )


def _fill_defaults(values: exp.Values, table: Object, listed: list[str], context: Context) -> None:
    for row in values.expressions:
        for index, item in enumerate(row.expressions):
            if _is_default(item):
                default = next(
                    (
                        column.get("default")
                        for column in table.body["columns"]
                        if index < len(listed) and column["name"] == listed[index]
                    ),
                    None,
                )
                item.replace(parse_expression(default) if default else exp.Null())


def _is_default(node: exp.Expr) -> bool:
    if isinstance(node, exp.Column):
        return not node.table and node.name.upper() == "DEFAULT"
    return isinstance(node, exp.Var) and str(node.this).upper() == "DEFAULT"


# Calls that VALUES does not take: Snowflake wants INSERT … SELECT for them.
_NOT_IN_VALUES = {
    "PARSE_JSON", "TRY_PARSE_JSON", "ARRAY_CONSTRUCT", "OBJECT_CONSTRUCT", "TO_VARIANT", "AI_EMBED", "TO_ARRAY", "TO_OBJECT",
    "EMBED_TEXT_768",
}  # fmt: skip


def _check_values(values: exp.Values) -> None:
    for node in values.walk():
        name = str(node.this).upper() if isinstance(node, exp.Anonymous) else ""
        if name in _NOT_IN_VALUES or isinstance(node, exp.Array | exp.Struct | exp.Query):
            if node is values:
                continue
            raise compilation(
                f"Invalid expression [{node.sql(dialect='snowflake')[:60]}] in VALUES clause",
                2014,
                "22000",
            )


def _source_sql(source: exp.Expr, context: Context, tree: exp.Insert) -> str:
    with_ = tree.args.get("with_")
    if with_ is not None and not source.args.get("with_"):
        source.set("with_", with_.copy())
    if context.array_columns and isinstance(source, exp.Values):
        # An array binding: one row of placeholders stands for all rows.
        (row,) = source.expressions
        source = exp.Select(expressions=[item.copy() for item in row.expressions])
        sql = write(translate_tree(source, context))
        arrays = ", ".join(
            f"unnest(from_json({_array(context, key)}, '[\"VARCHAR\"]')) AS {quote(name)}"
            for key, name in context.array_columns.items()
        )
        return f"{sql} FROM (SELECT {arrays})"
    return write(translate_tree(source, context))


def _array(context: Context, key: str) -> str:
    import json

    name = f"p{len(context.parameters) + 1}"
    context.parameters[name] = json.dumps(context.bindings[key].value)
    return f"${name}"


def insert_sql(
    table: Object,
    columns: dict[str, TableColumn],
    listed: list[str],
    query: str,
    version: int,
    context: Context,
    texts: frozenset[int] = frozenset(),
) -> str:
    """Return DuckDB's SQL that inserts the rows of a query into columns of a table.

    `texts` are the places of the query's columns that are known to be texts.
    """
    numbered = [f"c{index}" for index in range(len(listed))]
    names, values = [], []
    for place, (name, number) in enumerate(zip(listed, numbered, strict=True)):
        column = columns[name]
        names.append(quote(name))
        if place in texts and column.type.base == "VARCHAR" and column.nullable:
            values.append(_fit_length(f"q.{number}", column.type))
        else:
            values.append(fit(f"q.{number}", column.type, nullable=column.nullable))
    for name, column in columns.items():
        if name not in listed:
            default = default_sql(table, name, context)
            if default is not None or not column.nullable:
                names.append(quote(name))
                values.append(fit_default(default, column))
    names += ['"$from"', '"$born"']
    values += [str(version), str(version)]
    return (
        f"INSERT INTO {physical(table)} ({', '.join(names)}) SELECT {', '.join(values)} "
        f"FROM ({query}) AS q({', '.join(numbered)})"
    )


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
    return None if node is None else write(translate_tree(node.copy(), context))


def _from_list(nodes: list[exp.Expr], context: Context) -> str:
    """Return the items of FROM or USING, translated."""
    if not nodes:
        return ""
    select = exp.Select(expressions=[exp.Star()])
    select.set("from_", exp.From(this=nodes[0].copy()))
    for node in nodes[1:]:
        select.append("joins", exp.Join(this=node.copy()))
    return write(translate_tree(select, context)).removeprefix("SELECT * FROM ")


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
    if is_protected(table):
        main = update_sql(table, changes, rows, alias, version)
    else:
        changed = ", ".join(f"{column} = {value}" for column, value in changes)
        main = (
            f'UPDATE {physical(table)} AS {quote(alias)} SET {changed}, "$from" = {version}'
            f"{' FROM ' + items if items else ''}{f' WHERE {where}' if where else ''}"
        )
    return table, Plan(main, before=history(table, matching, version), after=tidy(table, version))


def _rows(table: Object, alias: str, items: str, where: str | None, context: Context) -> str:
    """Return FROM and WHERE of the rows that an UPDATE or a DELETE is about."""
    shown = f"{physical(table)} AS {quote(alias)}"
    if is_protected(table):
        shown = visible_rows(context, table, alias)
    return f"FROM {shown}{', ' + items if items else ''}{f' WHERE {where}' if where else ''}"


def name_sources(context: Context, nodes: list[exp.Expr]) -> None:
    """Say what the names in the expressions of a statement mean: columns of its tables."""
    made = [node.copy() for node in nodes]
    for node in made:
        fold_identifiers(node)
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
        if _is_default(node.expression):
            value = default_sql(table, name, context) or "NULL"
        else:
            value = part(node.expression, context) or "NULL"
        held = columns[name]
        found.append((quote(name), fit(value, held.type, nullable=held.nullable)))
    return found


def delete_plan(tree: exp.Delete, context: Context, version: int) -> tuple[Object, Plan]:
    """Return what a DELETE runs."""
    table, alias = target_of(tree, context, "DELETE")
    using = list(tree.args.get("using") or [])
    name_sources(context, [tree.this, *using])
    items = _from_list(using, context)
    where_node = tree.args.get("where")
    where = part(where_node.this if where_node is not None else None, context)
    rows = _rows(table, alias, items, where, context)
    matching = f'SELECT {quote(alias)}."$rid" {rows}'
    if is_protected(table):
        main = delete_sql(table, matching)
    else:
        main = (
            f"DELETE FROM {physical(table)} AS {quote(alias)}"
            f"{' USING ' + items if items else ''}{f' WHERE {where}' if where else ''}"
        )
    return table, Plan(main, before=history(table, matching, version))
