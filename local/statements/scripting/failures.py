"""Exceptions of a script: which one an error is, and which handler takes it.

https://docs.snowflake.com/en/developer-guide/snowflake-scripting/exceptions
"""

from ...language.errors import SqlError
from .tree import Block, Handler, Place

STATEMENT, EXPRESSION = "STATEMENT_ERROR", "EXPRESSION_ERROR"
_ENDED = {604, 630}


class Failure(Exception):  # noqa: N818 - an exception of the script, not of the program
    """An exception that a script raises.

    Args:
        kind: Its name.
        error: What a handler is told of it.
        place: Where it was raised.

    Attributes:
        past: The block whose handler raised it: it does not handle it again.
    """

    def __init__(self, kind: str, error: SqlError, place: Place) -> None:
        super().__init__(error.message)
        self.kind, self.error, self.place = kind, error, place
        self.past: Block | None = None

    def uncaught(self) -> SqlError:
        """Return the error of a script that does not handle it."""
        line, column = self.place
        told = f" : {self.error.message}" if self.error.message else ""
        return SqlError(
            f"Uncaught exception of type '{self.kind}' on line {line} at position {column}{told}",
            self.error.code,
            self.error.state,
        )


def may_be_handled(error: SqlError) -> bool:
    """Tell whether a script may handle an error.

    A statement that was cancelled or took too long ends. What the local stack does not run is told to
    the user: a handler would take a way that the script does not take on Snowflake.
    """
    return error.code not in _ENDED and not (error.code == 2 and error.state == "0A000")


def handler_of(failure: Failure, block: Block) -> Handler | None:
    """Return a block's first handler for an exception; none when a handler of the block raised it."""
    if failure.past is block:
        return None
    for handler in block.handlers:
        if failure.kind in handler.names or "OTHER" in handler.names:
            return handler
    return None
