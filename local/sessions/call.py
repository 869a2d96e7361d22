"""A statement on its way to what handles it."""

from dataclasses import dataclass

from ..language.parser import Parser
from ..language.results import Binding
from .session import Session


@dataclass
class Call:
    """Who runs a statement, its text, a parser at its start, its bindings."""

    session: Session
    sql: str
    parser: Parser
    bindings: dict[str, Binding]
    describe_only: bool = False
