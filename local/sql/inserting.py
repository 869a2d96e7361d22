"""INSERT: its columns, their defaults, and the rows that it writes."""

import json
from collections.abc import Sequence

from sqlglot import exp

from ..engine.catalogue import Object
from ..language.errors import compilation, invalid_identifier
from ..language.names import quote, spell
from ..language.types import DataType
from .context import Context, TableColumn
from .dialect import parse_expression, write
from .dml import Plan, default_sql, is_default, target_of
from .fitting import fit, fit_default
from .identifiers import fold_identifiers
from .query import translate_tree
from .stored import columns_of, physical


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
    query = _source_sql(source, context, tree)
    kinds = context.kinds if len(context.kinds) == len(listed) else []
    _check_vectors([columns[name] for name in listed], kinds)
    sql = insert_sql(table, columns, listed, query, version, context, kinds)
    return table, Plan(sql, query=query)


def _check_vectors(columns: list[TableColumn], kinds: list[DataType | None]) -> None:
    """Fail when a vector has another size than the column that it goes to."""
    for column, kind in zip(columns, kinds, strict=False):
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
            if is_default(item):
                default = next(
                    (
                        column.get("default")
                        for column in table.body["columns"]
                        if index < len(listed) and column["name"] == listed[index]
                    ),
                    None,
                )
                item.replace(parse_expression(default) if default else exp.Null())


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
        sql = write(translate_tree(source, context), spent=True)
        arrays = ", ".join(
            f"unnest(from_json({_array(context, key)}, '[\"VARCHAR\"]')) AS {quote(name)}"
            for key, name in context.array_columns.items()
        )
        return f"{sql} FROM (SELECT {arrays})"
    return write(translate_tree(source, context), spent=True)


def _array(context: Context, key: str) -> str:
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
    kinds: Sequence[DataType | None] = (),
) -> str:
    """Return DuckDB's SQL that inserts the rows of a query into columns of a table.

    `kinds` are the types of the query's columns, where they are known.
    """
    numbered = [f"c{index}" for index in range(len(listed))]
    names, values = [], []
    for name, number, known in zip(listed, numbered, kinds or [None] * len(listed), strict=True):
        column = columns[name]
        names.append(quote(name))
        values.append(fit(f"q.{number}", column.type, nullable=column.nullable, known=known))
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
