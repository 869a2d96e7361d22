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

from ..engine.catalogue import Object
from ..language.errors import SqlError, compilation, unsupported
from ..language.names import Name
from ..language.types import from_json
from . import functions
from .allowed import SAME, unknown_function
from .context import Context
from .dialect import parse, parse_expression
from .expanding import expanding
from .expression_types import KEY
from .functions.types import convert
from .identifiers import fold_identifiers
from .marks import MADE
from .overloads import chosen
from .provided import CallRewrite, Provided
from .python_functions import python_call

NodeRewrite = Callable[[Any, Context], exp.Expr | None]


@cache
def registry() -> tuple[dict[str, CallRewrite], dict[type, NodeRewrite]]:
    """Return the rewritings of calls by their name, and of nodes by their class."""
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
    calls, nodes = registry()
    calls = {**calls, **context.session.engine.part(Provided).calls}
    # Breadth first, backwards: a node comes after everything below it.
    for node in reversed(list(tree.walk(bfs=True))):
        if node.parent is None or node.meta.get(MADE):
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
        return _handled(name, handler, list(node.expressions), context)
    if name in SAME or node.meta.get(MADE):
        return None
    made = _user_function(Name(None, None, name), list(node.expressions), context)
    if made is not None:
        return made
    raise unknown_function(name)


def _handled(
    name: str, handler: CallRewrite, arguments: list[exp.Expr], context: Context
) -> exp.Expr:
    try:
        return handler(arguments, context)
    except (IndexError, ValueError):
        raise compilation(
            f"not enough arguments for function [{name}], or wrong ones", 938, "22023"
        ) from None


def _user_function(name: Name, arguments: list[exp.Expr], context: Context) -> exp.Expr | None:
    """Return the body of a function in SQL with its arguments filled in."""
    function = _find_function(context, name, arguments)
    if function is None:
        return None
    context.require("USAGE", function)
    if function.body["language"] == "PYTHON":
        return python_call(context.session, function, arguments)
    if function.body["language"] != "SQL" or "returns" not in function.body:
        raise unsupported(f"calling {name.last}, a function in {function.body['language']}")
    text = str(function.body["body"]).strip().rstrip(";")
    starts = text.split(None, 1)[0].upper() if text else ""
    tree: exp.Expr = (
        exp.Subquery(this=parse(text)) if starts in {"SELECT", "WITH"} else parse_expression(text)
    )
    holder = exp.Paren(this=tree)
    fold_identifiers(holder)
    inner = context.within(function)
    inner.sources = {
        "": {
            argument["name"]: (from_json(argument["type"]), True)
            for argument in function.body["arguments"]
        }
    }
    reads = holder.find(exp.Query) is not None
    with expanding(function):
        translated: exp.Expr = exp.Paren(this=inner.translate(holder.this))
    values = {
        argument["name"]: convert(value, from_json(argument["type"]))
        for argument, value in zip(function.body["arguments"], arguments, strict=True)
    }
    given = f"$given{inner.depth}"
    for column in list(translated.find_all(exp.Column)):
        if not column.table and column.name in values:
            held = exp.column(column.name, table=given, quoted=True)
            column.replace(held if reads else exp.Paren(this=values[column.name].copy()))
    if reads and values:
        translated = _beside(translated, values, given)
    return convert(translated, from_json(function.body["returns"]))


def _find_function(context: Context, name: Name, arguments: list[exp.Expr]) -> Object | None:
    """Return the function of a name that takes such arguments, None when there is none."""
    try:
        schema = context.schema_of(name)
    except SqlError:
        return None
    listed = context.session.temporary.with_own(schema, "FUNCTION")
    if context.is_shared:
        # What all sessions have means what all of them see: no session's own comes before it.
        listed = context.session.engine.catalogue.children(schema.id, "FUNCTION")
    named = [
        item
        for item in listed
        if item.name.partition("(")[0] == name.last
        and len(item.body["arguments"]) == len(arguments)
    ]
    visible = context.session.identity.gate.visible(context.asker, named)
    found = [item for item in named if item.id in visible]
    return chosen(found, arguments) if found else None


def _beside(body: exp.Expr, values: dict[str, exp.Expr], name: str) -> exp.Expr:
    """Return a body that reads tables with its arguments beside it.

    Within it their columns would be taken for those of its own tables.
    """
    row = exp.Select(
        expressions=[exp.alias_(value, key, quoted=True) for key, value in values.items()]
    ).subquery(exp.to_identifier(name, quoted=True))
    return exp.Select(expressions=[body]).from_(row).subquery()


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
        return _handled(name, handler, list(last.expressions), context)
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
