"""Table functions: FLATTEN, RESULT_SCAN, GENERATOR and those of INFORMATION_SCHEMA."""

from typing import Any

import sqlglot
from sqlglot import exp

from ..errors import compilation, not_found, unsupported
from .context import Context
from .marks import MADE, SEALED, made
from .tables import parse_duckdb

_FLATTENED = ("SEQ", "KEY", "PATH", "INDEX", "VALUE", "THIS")


def rewrite_table_functions(tree: exp.Expr, context: Context) -> None:
    """Replace every TABLE(…) and LATERAL FLATTEN(…) by what DuckDB can read."""
    for node in list(tree.find_all(exp.TableFromRows)):
        node.replace(_table_function(node, context))
    for lateral in list(tree.find_all(exp.Lateral)):
        _lateral(lateral, context)


def _alias(node: exp.Expr, fallback: str) -> exp.TableAlias:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        # sqlglot names the columns of FLATTEN itself; ours come from the subquery.
        return exp.TableAlias(this=alias.this.copy())
    return exp.TableAlias(this=exp.to_identifier(fallback, quoted=True))


def _named(inner: exp.Expr) -> tuple[str, list[exp.Expr]]:
    """Return the name of a call, with its schema, and its arguments."""
    path = []
    while isinstance(inner, exp.Dot):
        path.append(str(inner.this.name).upper())
        inner = inner.expression
    if isinstance(inner, exp.Explode):
        return "FLATTEN", [inner.this, *inner.expressions]
    if isinstance(inner, exp.Anonymous):
        return ".".join([*path[-1:], str(inner.this).upper()]), list(inner.expressions)
    if isinstance(inner, exp.Generator):
        given = inner.args.get("rowcount")
        return "GENERATOR", [exp.Kwarg(this=exp.var("ROWCOUNT"), expression=given)] if given else []
    return type(inner).__name__.upper(), []


def _table_function(node: exp.TableFromRows, context: Context) -> exp.Expr:
    name, arguments = _named(node.this)
    if name == "RESULT_SCAN":
        return _later(_result_scan(arguments, context), node, name, context)
    if name == "FLATTEN":
        select = _flatten(arguments, context)
        found = select.subquery()
        found.set("alias", _alias(node, "FLATTEN"))
        return _keep(found, node)
    elif name == "GENERATOR":
        given = _keywords(arguments)
        count = int(str(given["ROWCOUNT"].this)) if "ROWCOUNT" in given else 0
        sql = f'SELECT range AS "$n" FROM range({count})'
    elif name.startswith("INFORMATION_SCHEMA."):
        from ..information_schema.functions import table_function

        sql = table_function(name.split(".", 1)[1], _keywords(arguments), context)
        return _later(sql, node, name, context)
    else:
        raise unsupported(f"table function {name}")
    found = parse_duckdb(sql).subquery()
    found.meta[SEALED] = True
    found.set("alias", _alias(node, name.rsplit(".", 1)[-1]))
    return _keep(found, node)


def _later(sql: str, node: exp.TableFromRows, name: str, context: Context) -> exp.Expr:
    """Return a name for rows that Python made: their parameters are no placeholders of the query."""
    found = exp.Table(this=exp.to_identifier(context.relation(sql), quoted=True))
    found.set("alias", _alias(node, name.rsplit(".", 1)[-1]))
    return _keep(found, node)


def _keep(found: exp.Expr, node: exp.Expr) -> exp.Expr:
    for key in ("joins", "pivots", "sample"):
        if node.args.get(key):
            found.set(key, node.args[key])
    return found


def _keywords(arguments: list[exp.Expr]) -> dict[str, exp.Expr]:
    return {
        str(argument.this.name).upper(): argument.expression
        for argument in arguments
        if isinstance(argument, exp.Kwarg)
    }


def _result_scan(arguments: list[exp.Expr], context: Context) -> str:
    from ..information_schema import literal_relation
    from ..wire import encoder

    session = context.session
    wanted = session.last_query_id
    if len(arguments) != 1:
        raise compilation("RESULT_SCAN takes one query id", 938, "22023")
    argument = arguments[0]
    if isinstance(argument, exp.Literal):
        wanted = str(argument.this)
    elif isinstance(argument, exp.Anonymous) and str(argument.this).upper() == "LAST_QUERY_ID":
        if argument.expressions:
            position = int(argument.expressions[0].sql())
            ids = list(session.results)
            wanted = ids[position] if -len(ids) <= position < len(ids) else ""
    elif not isinstance(argument, exp.LastQueryId if hasattr(exp, "LastQueryId") else ()):
        raise unsupported("RESULT_SCAN of something else than an id or LAST_QUERY_ID()")
    result = session.results.get(wanted)
    if result is None:
        raise not_found(wanted)
    columns = tuple((column.name, column.type.duckdb) for column in result.columns)
    rows: list[list[Any]] = [
        [
            _plain(column.type.base, value, encoder(column.type))
            for column, value in zip(result.columns, row, strict=True)
        ]
        for row in result.rows
    ]
    return literal_relation(context, columns, rows)


def _plain(base: str, value: Any, encode: Any) -> Any:
    if value is None or base.startswith(("TIME", "DATE", "BOOL")):
        return value
    return encode(value)


def _lateral(lateral: exp.Lateral, context: Context) -> None:
    inner = lateral.this
    if isinstance(inner, exp.Subquery):
        return
    name, arguments = _named(inner)
    if name != "FLATTEN":
        raise unsupported(f"LATERAL {name}")
    select = _flatten(arguments, context)
    lateral.set("this", select.subquery())
    lateral.set("alias", _alias(lateral, "FLATTEN"))


def _flatten(arguments: list[exp.Expr], context: Context) -> exp.Select:
    given = _keywords(arguments)
    positional = [argument for argument in arguments if not isinstance(argument, exp.Kwarg)]
    source = given.get("INPUT") or (positional[0] if positional else None)
    if source is None:
        raise compilation("FLATTEN needs INPUT", 938, "22023")
    for name in given:
        if name not in {"INPUT", "OUTER", "PATH", "RECURSIVE", "MODE"}:
            raise compilation(f"unknown argument of FLATTEN: {name}", 938, "22023")
    if _is_true(given.get("RECURSIVE")):
        raise unsupported("FLATTEN(RECURSIVE => TRUE)")
    if "MODE" in given and str(given["MODE"].this).upper() != "BOTH":
        raise unsupported("FLATTEN(MODE => …)")
    source = source.copy()
    if "PATH" in given:
        source = exp.Anonymous(this="GET_PATH", expressions=[source, given["PATH"].copy()])
    outer = "true" if _is_true(given.get("OUTER")) else "false"
    # One pass over the elements: objects by key, arrays by index; JSON that is neither gives none.
    template = sqlglot.parse_one(
        'SELECT 1 AS "SEQ", "$f"."k" AS "KEY", "$f"."p" AS "PATH", "$f"."i" AS "INDEX", '
        '"$f"."v" AS "VALUE", "$f"."$this" AS "THIS" FROM (SELECT '
        f"unnest(hush_flatten(CAST(__INPUT__ AS JSON), {outer}), recursive := true), "
        'CAST(__INPUT__ AS JSON) AS "$this") AS "$f"',
        read="duckdb",
    )
    for node in list(template.find_all(exp.Anonymous)):
        node.set("this", "hush.flatten")
    made(template)
    for conversion in template.find_all(exp.Cast):
        # One of Snowflake's, to be rewritten as such.
        del conversion.meta[MADE]
    for column in list(template.find_all(exp.Column)):
        if column.name == "__INPUT__":
            column.replace(source.copy())
    assert isinstance(template, exp.Select)
    return template


def _is_true(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this)
