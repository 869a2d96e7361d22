"""Names and types of a result's columns, as Snowflake reports them."""

from sqlglot import exp

from ..language.errors import SqlError
from ..language.results import Column
from ..sessions.names import Names
from .dialect import tokens_of
from .identifiers import name_of
from .stored import columns_of


def name_columns(tree: exp.Query, sql: str) -> None:
    """Give every column of the result that has no alias the name that Snowflake gives it."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    texts = _projections(sql) if len(select.expressions) else []
    for index, item in enumerate(list(select.expressions)):
        if isinstance(item, exp.Column) and item.name == "NEXTVAL":
            item.replace(exp.Alias(this=item.copy(), alias=exp.to_identifier("NEXTVAL", True)))
            continue
        if isinstance(item, exp.Alias | exp.Star | exp.Column):
            if not (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
                continue
            continue
        text = (
            texts[index] if len(texts) == len(select.expressions) else item.sql(dialect="snowflake")
        )
        alias = exp.Alias(this=item.copy(), alias=exp.to_identifier(text.upper(), quoted=True))
        item.replace(alias)


def _projections(sql: str) -> list[str]:
    """Return the texts of the first SELECT's projections."""
    tokens = tokens_of(sql)
    depth = 0
    begin: int | None = None
    found: list[str] = []
    for token in tokens:
        word = token.text.upper()
        if begin is None:
            # The first SELECT that stands at the depth where the query itself stands.
            if word == "SELECT" and depth == 0:
                begin = token.end + 1
            depth += {"(": 1, ")": -1}.get(word, 0)
            continue
        if word in {"DISTINCT", "ALL"} and not found and not sql[begin : token.start].strip():
            begin = token.end + 1
            continue
        if depth == 0 and (
            word in {",", "FROM", ";", "UNION", "WHERE", "ORDER", "LIMIT"} or word == ")"
        ):
            found.append(sql[begin : token.start].strip())
            begin = token.end + 1
            if word != ",":
                return found
            continue
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(word, 0)
    if begin is not None:
        found.append(sql[begin:].strip().removesuffix(";").strip())
    return found


def precise_types(tree: exp.Query, names: Names) -> dict[str, Column]:
    """Return what the catalogue knows about result columns that are columns of tables."""
    if not isinstance(tree, exp.Select):
        return {}
    sources: dict[str, dict[str, Column]] = {}
    nodes = [tree.args["from_"].this] if tree.args.get("from_") else []
    joins = tree.args.get("joins") or []
    nodes += [join.this for join in joins]
    # A row without a partner is filled up with nulls.
    outer = any(join.side for join in joins)
    for node in nodes:
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            continue
        name = _folded_name(node)
        try:
            item = names.find("TABLE", name)
        except SqlError:
            continue
        alias = _fold(node.args["alias"].this) if node.args.get("alias") else name.last
        sources[alias] = {
            column.name: Column(column.name, column.type, column.nullable or outer)
            for column in columns_of(item)
        }
    found: dict[str, Column] = {}
    for item in tree.expressions:
        column = item.this if isinstance(item, exp.Alias) else item
        if isinstance(column, exp.Star):
            for source in sources.values():
                found.update(source)
        elif isinstance(column, exp.Column) and isinstance(column.this, exp.Identifier):
            table = column.args.get("table")
            held = _lookup(sources, _fold(table) if table else None, _fold(column.this))
            if held is not None:
                shown = _fold(item.args["alias"]) if isinstance(item, exp.Alias) else held.name
                found[shown] = Column(shown, held.type, held.nullable)
    return found


def _lookup(sources: dict[str, dict[str, Column]], table: str | None, name: str) -> Column | None:
    if table is not None:
        return sources.get(table, {}).get(name)
    held = [source[name] for source in sources.values() if name in source]
    return held[0] if len(held) == 1 else None


def _fold(identifier: exp.Expr) -> str:
    text = str(identifier.this)
    return text if identifier.args.get("quoted") else text.upper()


def _folded_name(node: exp.Table):  # type: ignore[no-untyped-def]
    from .identifiers import fold_identifiers

    copy = node.copy()
    fold_identifiers(copy)
    return name_of(copy)
