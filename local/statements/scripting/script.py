"""Runs a script from its text."""

from collections.abc import Mapping

from ...language.errors import SqlError
from ...language.results import Column, Result
from ...language.types import TEXT
from ...sessions.session import Session
from .machine import Machine
from .reader import read
from .steps import Table
from .values import Names, Value, Variable


def run_script(
    session: Session, text: str, arguments: Mapping[str, Variable] | None = None
) -> Value | Table:
    """Run a block, or the body of a procedure, and return what it returns.

    Args:
        session: Runs the statements.
        text: The block.
        arguments: Variables that are there when it starts.

    Raises:
        SqlError: It cannot be read, or an exception is not handled.
    """
    names = Names()
    for name, variable in (arguments or {}).items():
        names.declare(name, variable)
    try:
        return Machine(session, names).run(read(text))
    except RecursionError:
        raise SqlError("The blocks and calls are nested too deeply.", 90227, "54001") from None


def run_block(session: Session, text: str) -> Result:
    """Run an anonymous block; the result is a table, or one row with what it returned."""
    found = run_script(session, text)
    if isinstance(found, Table):
        return Result(found.result.columns, found.result.rows)
    return Result([Column("anonymous block", found.type or TEXT)], [[found.value]])
