"""SYSTEM$LAST_CHANGE_COMMIT_TIME: a number that grows with every committed change of a table."""

from sqlglot import exp

from ...language.errors import compilation
from ...language.parser import Parser
from ..context import Context
from ..stored import physical


def _last_change(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if len(arguments) != 1 or not isinstance(arguments[0], exp.Literal):
        raise compilation("SYSTEM$LAST_CHANGE_COMMIT_TIME takes the name of a table", 938, "22023")
    name = Parser(str(arguments[0].this)).name()
    table = context.find("TABLE", name)
    context.require("SELECT", table, str(name))
    if table.kind != "TABLE":
        raise compilation(f"{table.kind} '{name}' has no time of its own here", 2, "0A000")
    # Asked while translating, on the statement's own connection: it sees what the statement sees.
    row = context.session.transaction.cursor.execute(
        'SELECT greatest((SELECT coalesce(max("$from"), 0) FROM '
        f'{physical(table)}), (SELECT coalesce(max("$to"), 0) FROM {physical(table, True)}))'
    ).fetchone()
    return exp.Literal.number(int(row[0]) if row else 0)


CALLS = {"SYSTEM$LAST_CHANGE_COMMIT_TIME": _last_change}
