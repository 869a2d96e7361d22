"""Rewrites calls, types and operators, innermost first.

A file in `functions/` has `CALLS` (name in upper case -> rewriting of a call by its arguments) and
`NODES` (sqlglot's class -> rewriting of the node). The folder is the registry.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp

from ..errors import SqlError, compilation, unsupported
from ..names import Name
from ..types import from_json
from . import functions
from .context import Context
from .inference import KEY

CallRewrite = Callable[[list[exp.Expr], Context], exp.Expr]
NodeRewrite = Callable[[Any, Context], exp.Expr | None]

# Functions that DuckDB calls the same and means the same by.
_SAME = frozenset(
    [
        "ABS",
        "ACOS",
        "ASIN",
        "ATAN",
        "ATAN2",
        "CEIL",
        "COS",
        "COT",
        "DEGREES",
        "EXP",
        "FLOOR",
        "LN",
        "PI",
        "POWER",
        "RADIANS",
        "RANDOM",
        "SIGN",
        "SIN",
        "SQRT",
        "TAN",
        "ASCII",
        "CHR",
        "CONCAT",
        "CONCAT_WS",
        "LEFT",
        "LENGTH",
        "LOWER",
        "LPAD",
        "LTRIM",
        "RIGHT",
        "RPAD",
        "RTRIM",
        "REPEAT",
        "REPLACE",
        "REVERSE",
        "TRIM",
        "UPPER",
        "TRANSLATE",
        "CONTAINS",
        "MD5",
        "NVL",
        "COALESCE",
        "GREATEST",
        "LEAST",
        "NULLIF",
        "MEDIAN",
        "MODE",
        "CORR",
        "COVAR_POP",
        "COVAR_SAMP",
        "STDDEV",
        "STDDEV_POP",
        "STDDEV_SAMP",
        "VAR_POP",
        "VAR_SAMP",
        "VARIANCE",
        "KURTOSIS",
        "REGR_SLOPE",
        "REGR_INTERCEPT",
        "REGR_R2",
        "REGR_COUNT",
        "SKEWNESS",
        "BIT_COUNT",
        "FACTORIAL",
        "CBRT",
        "CUME_DIST",
        "DENSE_RANK",
        "RANK",
        "ROW_NUMBER",
        "PERCENT_RANK",
        "NTILE",
        "LAG",
        "LEAD",
        "FIRST_VALUE",
        "LAST_VALUE",
        "NTH_VALUE",
        "EDITDISTANCE",
        "HAVERSINE",
        "LAST_DAY",
        "MONTHNAME",
        "DAYNAME",
    ]
)


@cache
def _registry() -> tuple[dict[str, CallRewrite], dict[type, NodeRewrite]]:
    calls: dict[str, CallRewrite] = {}
    nodes: dict[type, NodeRewrite] = {}
    for module in pkgutil.iter_modules(functions.__path__):
        loaded = importlib.import_module(f"{functions.__name__}.{module.name}")
        calls.update(getattr(loaded, "CALLS", {}))
        nodes.update(getattr(loaded, "NODES", {}))
    return calls, nodes


def rewrite(tree: exp.Expr, context: Context) -> None:
    """Rewrite everything below `tree`.

    Raises:
        SqlError: A function is none that Snowflake or the local stack has.
    """
    calls, nodes = _registry()
    # Breadth first, backwards: a node comes after everything below it.
    for node in reversed(list(tree.walk(bfs=True))):
        if node.parent is None:
            continue
        if isinstance(node, exp.Anonymous):
            if isinstance(node.parent, exp.Dot):
                continue
            replaced = _call(node, calls, context)
        elif isinstance(node, exp.Dot):
            replaced = _qualified_call(node, calls, context)
        else:
            handler = nodes.get(type(node))
            replaced = handler(node, context) if handler is not None else None
        if replaced is not None and replaced is not node:
            if KEY in node.meta:
                replaced.meta.setdefault(KEY, node.meta[KEY])
            node.replace(replaced)


def _call(node: exp.Anonymous, calls: dict[str, CallRewrite], context: Context) -> exp.Expr | None:
    name = str(node.this).upper()
    handler = calls.get(name)
    if handler is not None:
        return handler(list(node.expressions), context)
    if name in _SAME:
        return None
    if node.meta.get("duckdb"):
        return None
    made = _user_function(Name(None, None, name), list(node.expressions), context)
    if made is not None:
        return made
    raise unknown_function(name)


def _user_function(name: Name, arguments: list[exp.Expr], context: Context) -> exp.Expr | None:
    """Return the body of a function in SQL with its arguments filled in."""
    session = context.session
    home = session.engine.catalogue.path(context.owner_view)[:2] if context.owner_view else None
    try:
        schema = session.find_schema(
            name.database or (home[0] if home else None), name.schema or (home[1] if home else None)
        )
    except SqlError:
        return None
    found = [
        item
        for item in session.engine.catalogue.children(schema.id, "FUNCTION")
        if item.name.partition("(")[0] == name.last
        and len(item.body["arguments"]) == len(arguments)
    ]
    if not found:
        return None
    function = found[0]
    if context.owner_view is None:
        session.require("USAGE", function)
    if function.body["language"] != "SQL" or "returns" not in function.body:
        raise unsupported(f"calling {name.last}, a function in {function.body['language']}")
    from .dialect import parse, parse_expression
    from .functions.types import convert
    from .query import translate_tree
    from .tables import fold_identifiers

    text = str(function.body["body"]).strip().rstrip(";")
    starts = text.split(None, 1)[0].upper() if text else ""
    tree: exp.Expr = (
        exp.Subquery(this=parse(text)) if starts in {"SELECT", "WITH"} else parse_expression(text)
    )
    holder = exp.Paren(this=tree)
    fold_identifiers(holder)
    inner = Context(
        session,
        parameters=context.parameters,
        reads=context.reads,
        owner_view=function,
        depth=context.depth + 1,
    )
    if inner.depth > _MAX_DEPTH:
        raise compilation(f"function {name.last} calls itself", 2037, "42000")
    translated = exp.Paren(this=translate_tree(holder.this, inner))
    values = {
        argument["name"]: convert(value, from_json(argument["type"]))
        for argument, value in zip(function.body["arguments"], arguments, strict=True)
    }
    for column in list(translated.find_all(exp.Column)):
        if not column.table and column.name in values:
            column.replace(exp.Paren(this=values[column.name].copy()))
    return convert(translated, from_json(function.body["returns"]))


_MAX_DEPTH = 20


def _qualified_call(
    node: exp.Dot, calls: dict[str, CallRewrite], context: Context
) -> exp.Expr | None:
    last = node.expression
    if not isinstance(last, exp.Anonymous) or isinstance(node.parent, exp.Dot):
        return None
    path = _path(node.this)
    name = str(last.this).upper()
    handler = calls.get(".".join([*path[-2:], name]))
    if handler is not None:
        return handler(list(last.expressions), context)
    made = _user_function(
        Name(path[-2] if len(path) > 1 else None, path[-1], name), list(last.expressions), context
    )
    if made is not None:
        return made
    raise unknown_function(".".join([*path, name]))


def _path(node: exp.Expr) -> list[str]:
    if isinstance(node, exp.Dot):
        return [*_path(node.this), *_path(node.expression)]
    return [str(node.name).upper()]


def unknown_function(name: str) -> SqlError:
    """Return the error for a function that is not known (002140)."""
    return compilation(f"Unknown function {name}", 2140, "42601")
