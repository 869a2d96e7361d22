"""Types of the results of arithmetic on exact numbers.

https://docs.snowflake.com/en/sql-reference/operators-arithmetic
"""

from ..language.types import DataType

_MOST = 38


def number(leading: int, scale: int) -> DataType:
    """Return the type of so many digits before and behind the point."""
    scale = max(0, min(scale, _MOST - 1))
    return DataType("NUMBER", max(1, min(leading + scale, _MOST)), scale)


def _parts(kind: DataType) -> tuple[int, int]:
    scale = kind.scale or 0
    return (kind.precision or _MOST) - scale, scale


def multiplied(left: DataType, right: DataType) -> DataType:
    """Return the type of a product."""
    (whole, scale), (other, second) = _parts(left), _parts(right)
    return number(whole + other, min(scale + second, max(scale, second, 12)))


def divided(left: DataType, right: DataType) -> DataType:
    """Return the type of a quotient."""
    (whole, scale), (_, second) = _parts(left), _parts(right)
    return number(whole + second, max(scale, min(scale + 6, 12)))


def added(left: DataType, right: DataType) -> DataType:
    """Return the type of a sum or difference."""
    (whole, scale), (other, second) = _parts(left), _parts(right)
    return number(max(whole, other) + 1, max(scale, second))


def combined(left: DataType, right: DataType) -> DataType:
    """Return the type of any other operation on two numbers, such as the remainder."""
    (whole, scale), (other, second) = _parts(left), _parts(right)
    return number(max(whole, other), max(scale, second))
