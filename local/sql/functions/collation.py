"""COLLATE, as far as it asks for what holds anyway: comparison by code point.

https://docs.snowflake.com/en/sql-reference/collation
"""

from sqlglot import exp

from ...language.errors import unsupported
from ..context import Context

_BY_CODE_POINT = ("", "utf8", "bin")


def _collate(node: exp.Collate, context: Context) -> exp.Expr:
    wanted = node.expression
    if not isinstance(wanted, exp.Literal) or str(wanted.this).lower() not in _BY_CODE_POINT:
        raise unsupported("COLLATE with a collation other than '' or 'utf8'")
    return exp.Paren(this=node.this)


NODES = {exp.Collate: _collate}
