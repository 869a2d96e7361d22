"""TRUNCATE TABLE: DELETE of every row."""

from ..engine.catalogue import Object
from ..language.errors import SqlError
from ..language.names import quote
from ..language.results import Result
from ..objects.kinds.base import status
from ..sessions.call import Call
from ..sessions.session import Session

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
        table = session.names.find("TABLE", name)
    except SqlError:
        if if_exists:
            return status("Statement executed successfully.")
        raise
    session.identity.require("TRUNCATE", table)
    with session.transaction.write([table.id]):
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
    session.transaction.run(
        f'INSERT INTO data."h{table.id}" ({names}, "$to") SELECT {names}, {version} FROM data."t{table.id}"'
    )
    session.transaction.run(f'DELETE FROM data."t{table.id}"')
    # https://docs.snowflake.com/en/sql-reference/sql/truncate-table: so do its loads.
    session.transaction.run(f'DELETE FROM hush.loads WHERE "table" = {table.id}')
