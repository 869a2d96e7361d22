"""`sequence.NEXTVAL`."""

from sqlglot import exp

from ...language.names import Name
from ..context import Context, call, text


def _nextval(node: exp.Column, context: Context) -> exp.Expr | None:
    """`sequence.NEXTVAL`: a column of that name of what is a sequence."""
    if node.name != "NEXTVAL" or not node.table:
        return None
    name = Name(
        node.args["catalog"].name if node.args.get("catalog") else None,
        node.args["db"].name if node.args.get("db") else None,
        node.table,
    )
    sequence = context.find("SEQUENCE", name)
    context.require("USAGE", sequence)
    return call("nextval", text(f'data."q{sequence.id}"'))


NODES = {exp.Column: _nextval}
