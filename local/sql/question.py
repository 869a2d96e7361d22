"""The vector that a query asks for: a constant, by itself or in a one-row relation beside the table."""

from typing import Any

from sqlglot import exp

# Evaluating a condition twice must give the same.
VOLATILE = {"RANDOM", "UUID", "GEN_RANDOM_UUID", "NEXTVAL", "CURRVAL"}


def question_of(select: exp.Select) -> tuple[str, dict[str, exp.Expr]] | None:
    """Return the alias and the columns of a one-row relation of constants beside the table.

    Returns:
        An empty one when the table stands alone; None when anything else stands beside it.
    """
    joins = select.args.get("joins") or []
    if not joins:
        return "", {}
    if len(joins) > 1 or has(joins[0], "on", "using", "side", "method"):
        return None
    relation = joins[0].this
    if isinstance(relation, exp.Table) and not relation.args.get("db"):
        made = table_expression(select, relation.name)
    elif isinstance(relation, exp.Subquery):
        made = relation.this
    else:
        return None
    alias = relation.args.get("alias")
    if not isinstance(made, exp.Select) or (alias is not None and alias.args.get("columns")):
        return None
    if any(value for key, value in made.args.items() if key not in {"expressions", "kind"}):
        return None
    columns = {item.alias: item.this for item in made.expressions if isinstance(item, exp.Alias)}
    if len(columns) != len(made.expressions) or not all(map(is_constant, columns.values())):
        return None
    return relation.alias_or_name, columns


def table_expression(select: exp.Select, name: str) -> exp.Expr | None:
    """Return what a name of WITH stands for at a select."""
    node: Any = select
    while node is not None:
        with_: Any = node.args.get("with_")
        for made in with_.expressions if with_ is not None else ():
            if made.alias == name:
                renamed = made.args["alias"].args.get("columns")
                return None if renamed or has(with_, "recursive") else made.this
        node = node.parent
    return None


def resolved(
    node: exp.Expr, question: tuple[str, dict[str, exp.Expr]], columns: set[str]
) -> exp.Expr:
    """Return the constant that a column of the question stands for; any other node as it is."""
    alias, constants = question
    if not isinstance(node, exp.Column) or node.name not in constants:
        return node
    if node.table == alias or (not node.table and node.name not in columns):
        return constants[node.name]
    return node


def is_constant(node: exp.Expr) -> bool:
    """Tell whether an expression is the same for every row, and each time."""
    return not any(
        isinstance(item, exp.Column | exp.Query | exp.Star | exp.Rand)
        or (isinstance(item, exp.Anonymous) and str(item.this).upper() in VOLATILE)
        for item in node.walk()
    )


def has(node: exp.Expr, *keys: str) -> bool:
    """Tell whether a node has any of these parts."""
    return any(node.args.get(key) for key in keys)
