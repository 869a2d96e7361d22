"""Table functions: FLATTEN, RESULT_SCAN, GENERATOR and those of INFORMATION_SCHEMA."""

from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

from ..language.errors import compilation, not_found, unsupported
from .context import Context
from .identifiers import parse_duckdb
from .marks import SEALED, made
from .provided import Provided

# What the parser takes for functions of their own.
_CLASSES = {
    "SplitToTable": "SPLIT_TO_TABLE",
    "StrtokSplitToTable": "STRTOK_SPLIT_TO_TABLE",
    "StrtokToTable": "STRTOK_SPLIT_TO_TABLE",
}
# Table functions that speak of staged files.
_OF_FILES = {"INFER_SCHEMA", "VALIDATE"}
# What GENERATOR makes in a second when its time is all that is limited: Snowflake names no number.
_ROWS_PER_SECOND = 1_000_000
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
        columns = [column.copy() for column in alias.args.get("columns") or []]
        if [column.name.upper() for column in columns] == list(_FLATTENED):
            columns = []
        return exp.TableAlias(this=alias.this.copy(), columns=columns)
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
    if type(inner).__name__ in _CLASSES:
        return _CLASSES[type(inner).__name__], [
            value for value in inner.args.values() if isinstance(value, exp.Expr)
        ]
    if isinstance(inner, exp.Generator):
        return "GENERATOR", [
            exp.Kwarg(this=exp.var(name.upper()), expression=inner.args[name])
            for name in ("rowcount", "timelimit")
            if inner.args.get(name)
        ]
    return type(inner).__name__.upper(), []


def _table_function(node: exp.TableFromRows, context: Context) -> exp.Expr:
    name, arguments = _named(node.this)
    if name == "RESULT_SCAN":
        return _later(_result_scan(arguments, context), node, name, context)
    if name == "FLATTEN":
        select = _flatten(arguments, lateral=False, asked=_asked(node))
        found = select.subquery()
        found.set("alias", _alias(node, "FLATTEN"))
        return _keep(found, node)
    if name in _SPLITS:
        found = _split(name, arguments).subquery()
        found.set("alias", _alias(node, name))
        return _keep(found, node)
    if name == "GENERATOR":
        sql = f'SELECT range AS "$n" FROM range({_generated(_keywords(arguments))})'
    elif name in _OF_FILES:
        found_rows = context.session.engine.part(Provided).file_function(name, arguments, context)
        return _later(found_rows, node, name, context)
    elif name.startswith("INFORMATION_SCHEMA."):
        sql = context.session.engine.part(Provided).table_function(
            name.split(".", 1)[1], _keywords(arguments), context
        )
        return _later(sql, node, name, context)
    else:
        raise unsupported(f"table function {name}")
    found = parse_duckdb(sql).subquery()
    found.meta[SEALED] = True
    found.set("alias", _alias(node, name.rsplit(".", 1)[-1]))
    return _keep(found, node)


def _generated(given: dict[str, exp.Expr]) -> int:
    """Return how many rows GENERATOR makes; with a time limit alone, as many as fit in that time.

    https://docs.snowflake.com/en/sql-reference/functions/generator
    """
    for name, rate in (("ROWCOUNT", 1), ("TIMELIMIT", _ROWS_PER_SECOND)):
        if name in given and not isinstance(given[name], exp.Null):
            if not isinstance(given[name], exp.Literal) or given[name].is_string:
                raise compilation(f"{name} of GENERATOR is a constant number", 1044, "42P13")
            return int(str(given[name].this)) * rate
    return 0


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
    from ..language.encoding import encoder
    from .rows import literal_relation

    session = context.session
    wanted = session.queries.last
    if len(arguments) != 1:
        raise compilation("RESULT_SCAN takes one query id", 938, "22023")
    argument = arguments[0]
    if isinstance(argument, exp.Literal):
        wanted = str(argument.this)
    elif isinstance(argument, exp.Anonymous) and str(argument.this).upper() == "LAST_QUERY_ID":
        if argument.expressions:
            position = int(argument.expressions[0].sql())
            ids = list(session.queries.ids)
            wanted = ids[position] if -len(ids) <= position < len(ids) else ""
    elif not isinstance(argument, exp.LastQueryId if hasattr(exp, "LastQueryId") else ()):
        raise unsupported("RESULT_SCAN of something else than an id or LAST_QUERY_ID()")
    result = session.queries.result(wanted)
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
    if name == "FLATTEN":
        select = _flatten(arguments, lateral=True, asked=_asked(lateral))
    elif name in _SPLITS:
        select = _split(name, arguments)
    else:
        raise unsupported(f"LATERAL {name}")
    lateral.set("this", select.subquery())
    lateral.set("alias", _alias(lateral, name))


def _asked(node: exp.Expr) -> frozenset[str]:
    """Return the columns that the statement may read: SEQ costs a call in Python an input."""
    root = node.root()
    alias = node.args.get("alias")
    named = [column.name for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if any(name.upper() not in _FLATTENED for name in named) or any(
        not isinstance(star.parent, exp.Count) for star in root.find_all(exp.Star)
    ):
        return frozenset(_FLATTENED)
    return frozenset(name.name.upper() for name in root.find_all(exp.Identifier))


def _flatten(arguments: list[exp.Expr], *, lateral: bool, asked: frozenset[str]) -> exp.Select:
    given = _keywords(arguments)
    positional = [argument for argument in arguments if not isinstance(argument, exp.Kwarg)]
    source = given.get("INPUT") or (positional[0] if positional else None)
    if source is None:
        raise compilation("FLATTEN needs INPUT", 938, "22023")
    for name in given:
        if name not in {"INPUT", "OUTER", "PATH", "RECURSIVE", "MODE"}:
            raise compilation(f"unknown argument of FLATTEN: {name}", 938, "22023")
    source = source.copy()
    path = _text_of(given.get("PATH"), "PATH")
    mode = _text_of(given.get("MODE"), "MODE").upper() or "BOTH"
    if mode not in {"BOTH", "OBJECT", "ARRAY"}:
        raise compilation(
            f"MODE of FLATTEN is OBJECT, ARRAY or BOTH, not {mode[:40]}", 1015, "22023"
        )
    if path:
        source = exp.Anonymous(this="GET_PATH", expressions=[source, exp.Literal.string(path)])
    deep, outer = _is_true(given.get("RECURSIVE")), _is_true(given.get("OUTER"))
    numbered = lateral and "SEQ" in asked
    template = (
        _deep(mode, outer=outer)
        if deep
        else _shallow(mode, path, asked, outer=outer, numbered=numbered)
    )
    # Beside a table the engine takes a list apart without a join only where nothing stands between;
    # elsewhere what is taken apart is made once.
    value, origin = """CAST(__INPUT__ AS JSON)""", ""
    if not lateral:
        value, origin = (
            '"$g"."$i"',
            """FROM (SELECT CAST(__INPUT__ AS JSON) AS "$i") AS "$g" """,
        )
    for mark, sql in {
        "__NUMBER__": "hush_sequence(CAST(__VALUE__ AS VARCHAR))" if numbered else "1",
        "__NUMBERED__": _sql(numbered),
        "__VALUE__": value,
        "__ORIGIN__": origin,
    }.items():
        template = template.replace(mark, sql)
    return _filled(template, {"__INPUT__": source, "__PATH__": exp.Literal.string(path)})


def _shallow(mode: str, path: str, asked: frozenset[str], *, outer: bool, numbered: bool) -> str:
    """Return the query for the members of a value: lists of key, index and value."""
    members = (
        f"hush_members(__VALUE__, {_sql(mode != 'OBJECT')}, {_sql(mode != 'ARRAY')}, {_sql(outer)})"
    )
    if mode == "BOTH" and not outer:
        members = "hush_inner_members(__VALUE__)"
    before = "__PATH__ || '.' || " if path else ""
    columns = {
        "SEQ": '"$f"."$s"',
        "KEY": '"$m"[1]',
        "PATH": """CASE WHEN "$m"[2] IS NOT NULL THEN __PATH__ || '[' || CAST("$m"[2] AS VARCHAR) || ']' """
        f"""WHEN "$m"[1] IS NOT NULL THEN {before}hush_step_of("$m"[1]) ELSE __PATH__ END""",
        "INDEX": '"$m"[2]',
        "VALUE": 'hush_defined("$m"[3])',
        "THIS": 'hush_defined("$f"."$i")',
    }
    # What nothing reads costs the engine its planning.
    listed = ", ".join(
        f'{sql if name in asked else "NULL"} AS "{name}"' for name, sql in columns.items()
    )
    number = (
        f"unnest(list_resize(CAST([] AS BIGINT[]), len({members}), __NUMBER__))"
        if numbered
        else "1"
    )
    return (
        f"""SELECT {listed} FROM (SELECT unnest({members}) AS "$m", __VALUE__ AS "$i", """
        f"""{number} AS "$s" __ORIGIN__) AS "$f" """
    )


def _deep(mode: str, *, outer: bool) -> str:
    """Return the query for a recursive one: texts of sequence, key, path, index, value and this."""
    return (
        """SELECT CAST("$r" ->> '$[0]' AS BIGINT) AS "SEQ", "$r" ->> '$[1]' AS "KEY", """
        """"$r" ->> '$[2]' AS "PATH", CAST("$r" ->> '$[3]' AS BIGINT) AS "INDEX", """
        """hush_defined(json_extract("$r", '$[4]')) AS "VALUE", """
        """hush_defined(json_extract("$r", '$[5]')) AS "THIS" """
        """FROM (SELECT unnest(hush_flatten(CAST(__VALUE__ AS VARCHAR), __NUMBERED__, __PATH__, """
        f"""{_sql(outer)}, '{mode}')) AS "$r" __ORIGIN__) AS "$f" """
    )


# What the parser of templates cannot read: a name with a schema.
_MACROS = {
    "hush_defined": "hush.defined",
    "hush_inner_members": "hush.inner_members",
    "hush_members": "hush.members",
    "hush_step_of": "hush.step",
}


_SPLITS = {
    "SPLIT_TO_TABLE": "CASE WHEN __SEPARATOR__ = '' THEN [__TEXT__] ELSE string_split(__TEXT__, __SEPARATOR__) END",
    "STRTOK_SPLIT_TO_TABLE": (
        "list_filter(string_split_regex(__TEXT__, '[' || regexp_escape(__SEPARATOR__) || ']'), lambda i: i <> '')"
    ),
}


def _split(name: str, arguments: list[exp.Expr]) -> exp.Select:
    """SPLIT_TO_TABLE and its sister: the parts of a text, numbered from 1."""
    if len(arguments) == 1 and name == "STRTOK_SPLIT_TO_TABLE":
        arguments = [*arguments, exp.Literal.string(" ")]
    if len(arguments) != 2:
        raise compilation(f"{name} takes a text and a separator", 938, "22023")
    template = (
        """SELECT 1 AS "SEQ", "$f"."$i" AS "INDEX", "$f"."$l"["$f"."$i"] AS "VALUE" FROM """
        f"""(SELECT unnest(range(1, len("$g"."$l") + 1)) AS "$i", "$g"."$l" FROM """
        f"""(SELECT {_SPLITS[name]} AS "$l") AS "$g") AS "$f" """
    )
    return _filled(template, {"__TEXT__": arguments[0], "__SEPARATOR__": arguments[1]})


@lru_cache(maxsize=64)
def _parsed(template: str) -> exp.Expr:
    """Return the tree of a template, to be copied."""
    tree = sqlglot.parse_one(template, read="duckdb")
    for node in list(tree.find_all(exp.Anonymous)):
        node.set("this", _MACROS.get(node.name, node.name))
    return made(tree)


def _filled(template: str, values: dict[str, exp.Expr]) -> exp.Select:
    tree = _parsed(template).copy()
    for column in list(tree.find_all(exp.Column)):
        if column.name in values:
            column.replace(values[column.name].copy())
    assert isinstance(tree, exp.Select)
    return tree


def _sql(value: bool) -> str:
    return "true" if value else "false"


def _text_of(node: exp.Expr | None, name: str) -> str:
    if node is None:
        return ""
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise compilation(f"{name} of FLATTEN must be a string literal", 1015, "22023")
    return str(node.this)


def _is_true(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this)
