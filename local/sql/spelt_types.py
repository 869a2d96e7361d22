"""The data types that a statement spells, as sqlglot reads them."""

from functools import lru_cache
from typing import Any

from sqlglot import exp

from ..language.types import DataType, parse_type


def snowflake_type(node: exp.DataType) -> DataType:
    """Return the data type that a node of a statement spells.

    Raises:
        SqlError: It is none, or one that the local stack does not hold.
    """
    numbers = tuple(str(each.this) for each in node.expressions if _is_number(each))
    if len(numbers) == len(node.expressions) and not set(_given(node)) - {"this", "expressions"}:
        return _simple(node.this, numbers)
    return parse_type(node.sql(dialect="snowflake"))


def _is_number(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.DataTypeParam)
        and not node.args.get("expression")
        and isinstance(node.this, exp.Literal)
        and not node.this.is_string
    )


def _given(node: exp.DataType) -> list[str]:
    return [key for key, value in node.args.items() if value]


@lru_cache(maxsize=512)
def _simple(this: Any, numbers: tuple[str, ...]) -> DataType:
    """Return a type of a name and numbers: writing it anew costs more than most of a statement."""
    sizes = [exp.DataTypeParam(this=exp.Literal.number(number)) for number in numbers]
    return parse_type(exp.DataType(this=this, expressions=sizes).sql(dialect="snowflake"))
