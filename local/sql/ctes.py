"""Common table expressions: which one a name means, and names that nothing else has.

Every one gets a name of ours before DuckDB sees it, so that a name which means none of them cannot
reach anything in the engine, whatever it is called.

https://docs.snowflake.com/en/user-guide/queries-cte
"""

from itertools import count

from sqlglot import exp

from .marks import MADE


def rename(tree: exp.Expr) -> None:
    """Give the table expressions of a query names of ours, and their uses too."""
    uses: list[tuple[exp.Table, exp.CTE]] = []
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not table.args.get("db"):
            found = _meant(table)
            if found is not None:
                uses.append((table, found))
    numbers = count(1)
    # By identity: two of one name are not the same.
    names: dict[int, str] = {}
    for cte in tree.find_all(exp.CTE):
        names[id(cte)] = name = f"$cte{next(numbers)}"
        cte.args["alias"].set("this", exp.to_identifier(name, quoted=True))
    for table, cte in uses:
        if table.args.get("alias") is None:
            table.set("alias", exp.TableAlias(this=table.this.copy()))
        elif table.args["alias"].this is None:
            table.args["alias"].set("this", table.this.copy())
        table.set("this", exp.to_identifier(names[id(cte)], quoted=True))
        table.meta[MADE] = True


def _meant(table: exp.Table) -> exp.CTE | None:
    """Return the table expression that a name means where it stands, None when it is no such name."""
    below: exp.Expr = table
    inside: exp.CTE | None = None
    node = table.parent
    while node is not None:
        if isinstance(below, exp.CTE):
            inside = below
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With) and node is not with_:
            listed: list[exp.CTE] = list(with_.expressions)
            if below is with_ and inside is not None:
                # One sees those before it, and itself only where it recurs.
                place = next(number for number, cte in enumerate(listed) if cte is inside)
                if inside.alias == table.name and _recurs(inside, table):
                    with_.set("recursive", True)
                    return inside
                listed = listed[:place]
            for cte in reversed(listed):
                if cte.alias == table.name:
                    return cte
        below, node = node, node.parent
    return None


def _recurs(cte: exp.CTE, table: exp.Table) -> bool:
    """Tell whether a use within a table expression is in its recursive clause, after UNION ALL."""
    body = cte.this
    while isinstance(body, exp.Union):
        if not body.args.get("distinct") and _holds(body.expression, table):
            return True
        body = body.this
    return False


def _holds(tree: exp.Expr, table: exp.Table) -> bool:
    node: exp.Expr | None = table
    while node is not None:
        if node is tree:
            return True
        node = node.parent
    return False
