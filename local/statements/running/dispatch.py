"""Finds who handles a statement: by its first words, in the folder of statements.

A file in `statements/` has `STARTS`, the keywords with which its statements begin, and `run(call)`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from ... import statements
from ...language.errors import SqlError, syntax, unsupported
from ...language.lexer import position
from ...language.results import Result
from ...sessions.call import Call

Handler = Callable[[Call], Result]

# Statements that Snowflake knows and nothing here runs: told apart from a misspelt keyword.
_KNOWN_ELSEWHERE = {"EXPLAIN"}


@cache
def _handlers() -> dict[tuple[str, ...], Handler]:
    found: dict[tuple[str, ...], Handler] = {}
    for module in pkgutil.iter_modules(statements.__path__):
        loaded = importlib.import_module(f"{statements.__name__}.{module.name}")
        for start in getattr(loaded, "STARTS", ()):
            found[tuple(start.split())] = loaded.run
    return found


def run(call: Call) -> Result:
    """Run one statement.

    Raises:
        SqlError: It fails, or is one that nothing here handles.
    """
    parser = call.parser
    handlers = _handlers()
    for length in (3, 2, 1):
        words = tuple(token.upper for token in parser.tokens[:length])
        handler = handlers.get(words)
        if handler is not None:
            return handler(call)
    token = parser.here
    if token.upper in _KNOWN_ELSEWHERE:
        raise unsupported(token.upper)
    if token.kind == "end":
        raise SqlError("Empty SQL statement.", 900, "42601")
    raise syntax(token.text, *position(call.sql, token.start))
