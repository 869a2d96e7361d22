"""BEGIN, START TRANSACTION, COMMIT and ROLLBACK; and a block, which also starts with BEGIN."""

from ..dispatch import Call
from ..kinds.base import status
from ..scripting import run_block
from ..wire import Result

STARTS = ("BEGIN", "DECLARE", "START TRANSACTION", "COMMIT", "ROLLBACK")


def run(call: Call) -> Result:
    """Run a statement of transaction control, or an anonymous block."""
    parser, session = call.parser, call.session
    if parser.looking_at("DECLARE") or (
        parser.looking_at("BEGIN")
        and parser.ahead().kind != "end"
        and parser.ahead().upper not in {";", "TRANSACTION", "WORK", "NAME"}
    ):
        return run_block(session, call.sql)
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
