"""INSERT, UPDATE, DELETE and MERGE."""

from ..dispatch import Call
from ..execution import run_dml
from ..wire import Result

STARTS = ("INSERT", "UPDATE", "DELETE", "MERGE")


def run(call: Call) -> Result:
    """Run a statement that changes rows."""
    return run_dml(call)
