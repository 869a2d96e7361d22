"""TRUNCATE TABLE: DELETE of every row."""

from ..catalogue import Object
from ..dispatch import Call
from ..errors import SqlError
from ..kinds.base import status
from ..names import quote
from ..session import Session
from ..wire import Result

STARTS = ("TRUNCATE",)


def run(call: Call) -> Result:
    """Run TRUNCATE."""
    parser, session = call.parser, call.session
    parser.expect("TRUNCATE")
    parser.accept("TABLE")
    if_exists = parser.accept("IF", "EXISTS")
    name = parser.name()
    parser.end()
    try:
        table = session.find("TABLE", name)
    except SqlError:
        if if_exists:
            return status("Statement executed successfully.")
        raise
    session.require("TRUNCATE", table)
    with session.write([table.id]):
        empty(session, table)
    return status("Statement executed successfully.")


def empty(session: Session, table: Object) -> None:
    """Delete every row of a table, in the open transaction; the images go to the history."""
    version = session.engine.next_version()
    names = ", ".join(
        [
            *(quote(column["name"]) for column in table.body["columns"]),
            '"$rid"',
            '"$from"',
            '"$born"',
        ]
    )
    session.run(
        f'INSERT INTO data."h{table.id}" ({names}, "$to") SELECT {names}, {version} FROM data."t{table.id}"'
    )
    session.run(f'DELETE FROM data."t{table.id}"')
