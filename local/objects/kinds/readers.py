"""Readers of the values of properties."""

from collections.abc import Callable
from typing import Any

from ...language.errors import SqlError, unsupported
from ...language.lexer import position
from ...language.parser import Parser

Reader = Callable[[Parser], Any]


def one_of(*choices: str) -> Reader:
    """Return a reader of one of these words, quoted or not."""

    def read(parser: Parser) -> str:
        token = parser.here
        value = parser.string() if token.kind == "string" else parser.take().upper
        if value.upper() not in choices:
            raise SqlError(
                f"SQL compilation error:\ninvalid value '{value}': one of {', '.join(choices)}.",
                1008,
                "22023",
                *position(parser.sql, token.start),
            )
        return value.upper()

    return read


def whole(low: int, high: int | None = None) -> Reader:
    """Return a reader of a whole number in a range; NULL is 0."""

    def read(parser: Parser) -> int:
        token = parser.here
        if parser.accept("NULL"):
            return 0
        number = int(parser.string()) if token.kind == "string" else parser.number()
        if number < low or (high is not None and number > high):
            limit = f"between {low} and {high}" if high is not None else f"at least {low}"
            raise SqlError(
                f"SQL compilation error:\ninvalid value [{number}]: it must be {limit}.",
                1008,
                "22023",
                *position(parser.sql, token.start),
            )
        return number

    return read


def an_object(parser: Parser) -> str:
    """Read a name as a property's value, quoted or not."""
    if parser.here.kind == "string":
        return Parser(parser.string()).name().last
    return str(parser.name())


def a_collation(parser: Parser) -> str:
    """Read a collation: the one that holds here."""
    value = parser.string()
    if value not in ("", "utf8"):
        raise unsupported(f"the collation '{value}'")
    return value


def a_boolean(parser: Parser) -> bool:
    """Read TRUE or FALSE."""
    return parser.boolean()
