"""Whether two SQL texts mean the same, as far as a parser sees it: one that is reformatted, quoted
otherwise or put in parentheses is no change. What is not parsed is compared by letters alone."""

import re
from functools import lru_cache
from typing import Final, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..sql.tokens import is_too_deep

# What sqlglot takes for a command, with a line in the log.
_UNKNOWN: Final = re.compile(r"\s*(?:CALL|EXECUTE|BEGIN|DECLARE|COPY|SHOW|ALTER)\b", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[A-Z_][A-Z0-9_$]*")
# What is one thing to a parenthesis around it.
_WHOLE: Final = (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Subquery, exp.Boolean, exp.Null)


def same_meaning(left: str, right: str) -> bool:
    """Whether both parse, and to the same tree.

    Names without quotes are read in upper case; AS, INNER, OUTER, redundant parentheses, `!=`, `::`
    and other spellings of one thing count for nothing. Literals and the order of everything count.
    """
    one, other = _tree(left), _tree(right)
    return one is not None and one == other


@lru_cache(maxsize=1024)
def _tree(text: str) -> exp.Expression | None:
    if is_too_deep(text) or _UNKNOWN.match(text):
        return None
    try:
        trees = sqlglot.parse(text, read="snowflake")
    except (SqlglotError, RecursionError, TypeError, ValueError):
        return None
    if len(trees) != 1 or trees[0] is None or trees[0].find(exp.Command):
        return None
    tree = trees[0].transform(_normal)
    while isinstance(tree, exp.Paren | exp.Subquery) and not _says_more(tree):
        tree = tree.this
    return tree


def _normal(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Identifier):
        name = node.name if node.args.get("quoted") else node.name.upper()
        return exp.to_identifier(name, quoted=not _PLAIN.fullmatch(name))
    if isinstance(node, exp.Anonymous) and isinstance(node.this, str):
        node.set("this", node.this.upper())
    if isinstance(node, exp.Paren) and isinstance(node.this, _WHOLE):
        return cast("exp.Expression", node.this)
    if isinstance(node, exp.Join) and node.args.get("kind") in ("INNER", "OUTER"):
        node.set("kind", None)
    for name in ("on", "this") if isinstance(node, exp.Join | exp.Where | exp.Having) else ():
        inner = node.args.get(name)
        if isinstance(inner, exp.Paren):
            node.set(name, inner.this)
    return node


def _says_more(node: exp.Expression) -> bool:
    """Whether a query in parentheses has an alias, a limit or an order of its own."""
    return any(value for name, value in node.args.items() if name != "this")
