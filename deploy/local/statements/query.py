"""SELECT, WITH, VALUES and a query in brackets."""

from ..dispatch import Call
from ..execution import run_query
from ..wire import Result

STARTS = ("SELECT", "WITH", "(", "VALUES")


def run(call: Call) -> Result:
    """Run a query."""
    return run_query(call)
