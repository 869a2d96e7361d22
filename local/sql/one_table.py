"""Reads translated queries of one table: what is selected, from where, in which order."""

from sqlglot import exp

from .dialect import write
from .question import VOLATILE, has, is_constant

# What changes how many rows there are, or computes over more than one.
OTHERS = ("laterals", "group", "having", "distinct", "qualify", "pivots", "sample", "windows")


def is_standalone(select: exp.Select) -> bool:
    """Tell whether a select is the whole query, a table expression, or a branch of a union of such.

    Anything else may refer to rows outside of it.
    """
    node: exp.Expr | None = select
    while node is not None and node.parent is not None:
        parent = node.parent
        if isinstance(parent, exp.Subquery):
            if not isinstance(
                parent.parent, exp.From | exp.Join | exp.SetOperation | exp.Paren | None
            ):
                return False
        elif isinstance(parent, exp.Join):
            if node.arg_key != "this":
                return False
        elif isinstance(parent, exp.Select):
            if node.arg_key not in {"from_", "joins", "with_"}:
                return False
        elif not isinstance(parent, exp.From | exp.CTE | exp.With | exp.SetOperation | exp.Paren):
            return False
        node = parent
    return True


def is_unusual(select: exp.Select) -> bool:
    for item in [*select.expressions, select.args["order"], select.args.get("where")]:
        if item is None:
            continue
        for node in item.walk():
            if isinstance(node, exp.Window | exp.AggFunc | exp.Explode | exp.Unnest | exp.Rand):
                return True
            if isinstance(node, exp.Anonymous) and str(node.this).upper() in {*VOLATILE, "UNNEST"}:
                return True
    return False


def source_of(select: exp.Select) -> tuple[str, exp.Select, int] | None:
    """Return the alias, the select and the id of the one table that is read."""
    from_ = select.args.get("from_")
    subquery = from_.this if from_ is not None else None
    if not isinstance(subquery, exp.Subquery) or not isinstance(subquery.this, exp.Select):
        return None
    alias = subquery.args.get("alias")
    if alias is None or alias.args.get("columns") or has(subquery, *OTHERS, "joins"):
        return None
    inner = subquery.this
    if has(inner, *OTHERS, "joins", "order", "limit", "offset", "with_"):
        return None
    below = inner.args.get("from_")
    table = below.this if below is not None else None
    if not isinstance(table, exp.Table) or table.text("db").lower() != "data":
        return None
    name = table.name
    if not name.startswith("t") or not name[1:].isdigit() or table.alias:
        return None
    return subquery.alias, inner, int(name[1:])


def selected_of(node: exp.Expr, select: exp.Select) -> exp.Expr:
    """Return what an item of ORDER BY means: itself, a selected expression by name or by number."""
    if isinstance(node, exp.Literal) and not node.is_string:
        place = int(str(node.this)) if str(node.this).isdigit() else 0
        # A star before it would shift the places.
        items: list[exp.Expr] = select.expressions[:place]
        if place and len(items) == place and not any(item.is_star for item in items):
            return items[-1].unalias()
    if isinstance(node, exp.Column) and not node.table:
        for item in select.expressions:
            if isinstance(item, exp.Alias) and item.alias == node.name:
                found = item.this
                assert isinstance(found, exp.Expr)
                return found
    return node


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.And):
        return [*conjuncts(node.this), *conjuncts(node.expression)]
    return [node]


def wanted_of(select: exp.Select, limit: exp.Limit) -> str | None:
    """Return SQL for how many rows are sorted out: LIMIT and OFFSET together."""
    offset = select.args.get("offset")
    parts = [limit.expression, *([offset.expression] if offset is not None else [])]
    if any(part is None or not is_constant(part) for part in parts):
        return None
    if all(isinstance(part, exp.Literal) and str(part.this).isdigit() for part in parts):
        return str(sum(int(str(part.this)) for part in parts))
    return " + ".join(f"CAST({write(part)} AS BIGINT)" for part in parts)


def allowed_of(select: exp.Select, inner: exp.Select, alias: str, others: list[exp.Expr]) -> str:
    below = inner.copy()
    below.append("expressions", exp.column("$rid", quoted=True))
    made = exp.Select(expressions=[exp.column("$rid", quoted=True)])
    made.set("from_", exp.From(this=below.subquery(exp.to_identifier(alias, quoted=True))))
    if others:
        made.set("where", exp.Where(this=exp.and_(*(item.copy() for item in others), copy=False)))
    return write(made)


def add_condition(select: exp.Select, condition: exp.Expr) -> None:
    where = select.args.get("where")
    if where is not None:
        condition = exp.And(this=exp.Paren(this=where.this), expression=condition)
    select.set("where", exp.Where(this=condition))


def column_of(node: exp.Expr, alias: str, columns: set[str]) -> str | None:
    if not isinstance(node, exp.Column) or node.table not in {"", alias}:
        return None
    return node.name if node.name in columns else None
