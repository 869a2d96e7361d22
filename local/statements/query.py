"""SELECT, WITH, VALUES and a query in brackets; and WITH … AS PROCEDURE … CALL."""

from ..language.results import Result
from ..sessions.call import Call
from . import anonymous_procedure
from .running.execution import run_query

STARTS = ("SELECT", "WITH", "(", "VALUES")


def run(call: Call) -> Result:
    """Run a query."""
    if anonymous_procedure.begins(call.parser):
        return anonymous_procedure.run(call)
    return run_query(call)
