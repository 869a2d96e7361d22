"""`(+)` behind a column, as a LEFT JOIN.

https://docs.snowflake.com/en/sql-reference/constructs/where
"""

from sqlglot import exp
from sqlglot.transforms import eliminate_join_marks

from ..language.errors import unsupported


def outer_joins(tree: exp.Expr) -> None:
    """Replace every `(+)` in a tree.

    Raises:
        SqlError: A column with it has no table's name, or the joins depend on each other.
    """
    marked = [each for each in tree.find_all(exp.Column) if each.args.get("join_mark")]
    if not marked:
        return
    selects: list[exp.Select] = []
    for column in marked:
        select = column.find_ancestor(exp.Select)
        if not column.table or select is None:
            raise unsupported("(+) behind a column without its table's name")
        if column.find_ancestor(exp.Or, exp.In, exp.Not) is not None:
            raise unsupported("(+) below OR, NOT and IN")
        if not any(select is held for held in selects):
            selects.append(select)
    for identifier in tree.find_all(exp.Identifier):
        # Names are compared as they are written: what is not quoted has one spelling.
        if not identifier.args.get("quoted"):
            identifier.set("this", str(identifier.this).upper())
    written = [_tables(select) for select in selects]
    try:
        eliminate_join_marks(tree)
    except (AssertionError, KeyError, ValueError):
        raise unsupported("this use of (+)") from None
    for select, tables in zip(selects, written, strict=True):
        _in_order(select)
        if _tables(select) != tables and any(each.is_star for each in select.expressions):
            raise unsupported("SELECT * over tables that (+) puts into another order")


def _tables(select: exp.Select) -> list[str]:
    joins = select.args.get("joins") or []
    return [select.args["from_"].this.alias_or_name, *(join.alias_or_name for join in joins)]


def _in_order(select: exp.Select) -> None:
    """Let every join stand behind the tables that its condition names."""
    from_ = select.args["from_"].this.alias_or_name
    # The table that comes first now is still among the joins when it has another name.
    joins = [join for join in select.args.get("joins") or [] if join.alias_or_name != from_]
    # Tables without a condition come first: WHERE joins them.
    waiting = sorted(joins, key=lambda join: join.args.get("on") is not None)
    names = {from_, *(join.alias_or_name for join in joins)}
    there, placed = {from_}, []
    while waiting:
        for join in waiting:
            condition = join.args.get("on")
            used = {c.table for c in condition.find_all(exp.Column)} if condition else set()
            if (used & names) <= there | {join.alias_or_name}:
                break
        else:
            raise unsupported("(+) between tables that wait for each other")
        waiting.remove(join)
        placed.append(join)
        there.add(join.alias_or_name)
    select.set("joins", placed)
