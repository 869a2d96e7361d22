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

from ..errors import SqlError, compilation
from . import functions
from .context import Context

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
    raise unknown_function(name)


def _qualified_call(
    node: exp.Dot, calls: dict[str, CallRewrite], context: Context
) -> exp.Expr | None:
    last = node.expression
    if not isinstance(last, exp.Anonymous) or isinstance(node.parent, exp.Dot):
        return None
    path = [str(part.name).upper() for part in node.parts[:-1]]
    name = str(last.this).upper()
    handler = calls.get(".".join([*path[-2:], name]))
    if handler is not None:
        return handler(list(last.expressions), context)
    raise unknown_function(".".join([*path, name]))


def unknown_function(name: str) -> SqlError:
    """Return the error for a function that is not known (002140)."""
    return compilation(f"Unknown function {name}", 2140, "42601")
