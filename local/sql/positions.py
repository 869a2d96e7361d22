"""`$1`, `$2` …: columns by their position in what is read.

https://docs.snowflake.com/en/sql-reference/constructs/values
"""

from sqlglot import exp

from ..language.errors import SqlError
from .context import Context
from .identifiers import name_of
from .stored import columns_of, find_relation


def resolve_positions(tree: exp.Expr, context: Context) -> None:
    """Replace positions by the names of the columns, where they are known; others stay."""
    for node in list(tree.find_all(exp.Parameter)):
        place = str(node.this.name if isinstance(node.this, exp.Expr) else node.this)
        select = node.find_ancestor(exp.Select)
        if not place.isdigit() or select is None:
            continue
        inside = node.parent if isinstance(node.parent, exp.Column) else None
        qualifier = inside.table if inside is not None else ""
        names = _names(select, qualifier, context)
        if names is None or not 0 < int(place) <= len(names):
            continue
        column = exp.column(names[int(place) - 1], table=qualifier or None, quoted=True)
        (inside or node).replace(column)


def _names(select: exp.Select, qualifier: str, context: Context) -> list[str] | None:
    from_ = select.args.get("from_")
    joins = select.args.get("joins") or []
    sources = [item.this for item in (*([from_] if from_ is not None else []), *joins)]
    if qualifier:
        sources = [source for source in sources if source.alias_or_name == qualifier]
    if len(sources) != 1:
        return None
    source = sources[0]
    alias = source.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return [item.name for item in alias.args["columns"]]
    if isinstance(source, exp.Values) and source.expressions:
        first = source.expressions[0]
        width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
        return [f"COLUMN{number}" for number in range(1, width + 1)]
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Select):
        items = source.this.expressions
        return None if any(item.is_star for item in items) else [i.alias_or_name for i in items]
    if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
        try:
            item = find_relation(context, name_of(source))
        except SqlError:
            return None
        return [column.name for column in columns_of(item)]
    return None
