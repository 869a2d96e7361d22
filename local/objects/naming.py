"""Reads which kind of object a statement names."""

from ..language.errors import unsupported
from ..language.parser import Parser
from .kinds import kinds
from .kinds.base import Kind


def read_kind(parser: Parser) -> Kind:
    """Consume the keywords of an object kind."""
    found = parser.accept_any(kinds())
    if found is None:
        if parser.here.kind != "word":
            raise parser.unexpected()
        raise unsupported(f"{parser.tokens[0].upper} {parser.here.upper}")
    return kinds()[found]
