"""Small pieces of a script's grammar."""

from ...language.errors import unsupported
from ...language.parser import Parser
from .tree import Query


def begins_transaction(parser: Parser) -> bool:
    """Tell whether the BEGIN that is next starts a transaction, not a block."""
    following = parser.ahead()
    return following.kind == "end" or following.upper in {";", "TRANSACTION", "WORK", "NAME"}


def text_to(parser: Parser, *stops: str) -> str:
    """Consume up to one of `stops` outside brackets and CASE … END, or to the end."""
    begin = last = parser.here
    depth = 0
    while depth or parser.here.upper not in stops:
        if parser.here.kind == "end":
            break
        last = parser.take()
        depth += {"(": 1, "[": 1, ")": -1, "]": -1, "CASE": 1}.get(last.upper, 0)
        depth -= last.upper == "END" and depth > 0
    if parser.here is begin:
        raise parser.unexpected()
    return parser.sql[begin.start : last.end]


def names_of(parser: Parser) -> tuple[str, ...]:
    """Consume `(a, :b, …)`."""

    def one() -> str:
        parser.accept(":")
        return parser.identifier()

    return tuple(parser.listed(one))


def query_of(parser: Parser) -> Query:
    """Consume what a RESULTSET is assigned: a statement in brackets.

    https://docs.snowflake.com/en/developer-guide/snowflake-scripting/resultsets
    """
    if parser.looking_at("ASYNC"):
        raise unsupported("Snowflake Scripting: ASYNC")
    inner = Parser(parser.bracketed_text())
    if not inner.accept("EXECUTE", "IMMEDIATE"):
        return Query(inner.rest())
    text = text_to(inner, "USING")
    using = names_of(inner) if inner.accept("USING") else ()
    inner.end()
    return Query(text, True, using)
