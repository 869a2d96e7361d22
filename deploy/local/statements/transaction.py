"""BEGIN, START TRANSACTION, COMMIT and ROLLBACK."""

from ..dispatch import Call
from ..kinds.base import status
from ..wire import Result

STARTS = ("BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK")


def run(call: Call) -> Result:
    """Run a statement of transaction control."""
    parser, session = call.parser, call.session
    verb = parser.take().upper
    parser.accept("TRANSACTION") or parser.accept("WORK")
    if verb in {"BEGIN", "START"} and parser.accept("NAME"):
        parser.identifier()
    parser.end()
    if verb in {"BEGIN", "START"}:
        session.begin()
    elif verb == "COMMIT":
        session.commit()
    else:
        session.rollback()
    return status("Statement executed successfully.")
