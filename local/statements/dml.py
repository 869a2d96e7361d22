"""INSERT, UPDATE, DELETE and MERGE."""

from ..language.results import Result
from ..sessions.call import Call
from .running.execution import run_dml

STARTS = ("INSERT", "UPDATE", "DELETE", "MERGE")


def run(call: Call) -> Result:
    """Run a statement that changes rows."""
    return run_dml(call)
