"""BEGIN, START TRANSACTION, COMMIT and ROLLBACK; and a block, which also starts with BEGIN."""

from ..language.results import Result
from ..objects.kinds.base import status
from ..sessions.call import Call
from .scripting.script import run_block

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
        session.transaction.begin()
    elif verb == "COMMIT":
        session.transaction.commit()
    else:
        session.transaction.rollback()
    return status("Statement executed successfully.")
