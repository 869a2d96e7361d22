"""Finds `ORDER BY` what depends on `CONTAINS(column, word)` alone, with a LIMIT.

An expression of the row may come next in the order; a one-row relation may stand beside the table.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ...sql.dialect import write
from ...sql.one_table import (
    OTHERS,
    allowed_of,
    is_standalone,
    is_unusual,
    selected_of,
    wanted_of,
)
from ...sql.question import has, is_constant, table_expression
from .columns import MOST_WORDS, no_text
from .reading import conditions_of, contains, mark_of, of_row, restrict


@dataclass(frozen=True)
class Telling:
    """The rows with the most telling words.

    Attributes:
        mark: Stands for the condition on the table's rows.
        table: Id of the table.
        column: Its column of texts.
        words: SQL of each word.
        order: SQL that reads bit n of `$c` for word n, and returns `c` and `w`, in the order of
            `ORDER BY w`; parameter `$classes` has the values of `$c`. It stands in two parts, with
            the one row beside the table between them.
        beside: SQL of that one row, and its alias; None: there is none.
        key: SQL of what comes next in ORDER BY, of the row `R`; empty: nothing that can be told.
        descending: Whether its greatest come first.
        wanted: SQL of how many rows are wanted.
        allowed: SQL of the `$rid` of the rows that are looked at; None: all are.
    """

    mark: str
    table: int
    column: str
    words: tuple[str, ...]
    order: tuple[str, str]
    beside: tuple[str, str] | None
    key: str
    descending: bool
    wanted: str
    allowed: str | None


def find_most_telling(
    select: exp.Select, alias: str, inner: exp.Select, table: int
) -> tuple[Telling, Callable[[], None]] | None:
    order, limit = select.args.get("order"), select.args.get("limit")
    if order is None or not isinstance(limit, exp.Limit) or not is_standalone(select):
        return None
    if has(select, *OTHERS) or is_unusual(select):
        return None
    joins = select.args.get("joins") or []
    beside = _beside(select, joins) if joins else None
    conditions = conditions_of(select, alias, inner)
    wanted = wanted_of(select, limit)
    if (joins and beside is None) or conditions is None or wanted is None:
        return None
    first, *others = order.expressions
    read = _words(selected_of(first.this, select), alias, inner)
    if read is None:
        return None
    column, words, weight = read
    others = [item for item in others if not is_constant(selected_of(item.this, select))]
    key = of_row(selected_of(others[0].this, select), alias, inner) if others else None
    allowed = None
    if conditions or inner.args.get("where"):
        allowed = allowed_of(select, inner, alias, conditions)
    ordered = first.copy()
    ordered.set("this", exp.column("w"))
    bits = "".join(
        f', CASE WHEN c < {no_text(len(words))} THEN (c >> {n}) & 1 = 1 END AS "$bit{n}"'
        for n in range(len(words))
    )
    weighed = (
        f'SELECT c, w FROM (SELECT "$s"."$c" AS c, {write(weight)} AS w '
        f'FROM (SELECT c AS "$c"{bits} FROM (SELECT unnest(CAST($classes AS BIGINT[])) AS c)) '
        'AS "$s"'
    )
    part = Telling(
        mark=mark_of("telling"),
        table=table,
        column=column,
        words=words,
        order=(weighed, f") ORDER BY {write(ordered)}"),
        beside=beside,
        key=key or "",
        descending=bool(others and others[0].args.get("desc")),
        wanted=wanted,
        allowed=allowed,
    )
    return part, lambda: restrict(inner, part.mark)


def _beside(select: exp.Select, joins: list[exp.Join]) -> tuple[str, str] | None:
    """Return the SQL of the one row that stands beside the table, and its alias."""
    join = joins[0]
    if len(joins) > 1 or has(join, "on", "using", "side", "method"):
        return None
    relation = join.this
    if not isinstance(relation, exp.Table) or relation.args.get("db"):
        return None
    made = table_expression(select, relation.name)
    if made is None or not isinstance(made, exp.Select) or not _is_one_row(made):
        return None
    # What it reads must be there without the other table expressions.
    if any(not node.args.get("db") for node in made.find_all(exp.Table)):
        return None
    return write(made), write(exp.to_identifier(relation.alias_or_name, quoted=True))


def _is_one_row(select: exp.Select) -> bool:
    """Tell whether a select is one row: constants, or aggregates without groups, or of one row."""
    if has(select, "group", "having", "qualify", "limit", "offset", "distinct", "laterals"):
        return False
    source = select.args.get("from_")
    if source is None:
        return not has(select, "where")
    below = source.this.this if isinstance(source.this, exp.Subquery) else None
    if isinstance(below, exp.Select) and not has(select, "where", "joins") and _is_one_row(below):
        return not any(item.find(exp.Unnest, exp.Explode) for item in select.expressions)
    return all(item.find(exp.AggFunc) and not item.find(exp.Window) for item in select.expressions)


def _words(
    node: exp.Expr, alias: str, inner: exp.Select
) -> tuple[str, tuple[str, ...], exp.Expr] | None:
    """Return the column, the words, and the expression with bits in the place of CONTAINS."""
    holder = exp.Paren(this=node.copy())
    columns: set[str] = set()
    words: list[str] = []
    for item in list(holder.find_all(exp.Contains, exp.Anonymous)):
        read = contains(item, alias, inner)
        if read is None:
            continue
        columns.add(read[0])
        if read[1] not in words:
            words.append(read[1])
        bit = words.index(read[1])
        item.replace(exp.column(f"$bit{bit}", quoted=True))
    if len(columns) != 1 or len(words) > MOST_WORDS:
        return None
    every = {expression.name for expression in inner.expressions}
    for column in list(holder.find_all(exp.Column)):
        if column.name.startswith("$bit"):
            continue
        if column.table == alias or (not column.table and column.name in every):
            return None
    if holder.find(exp.Query) is not None:
        return None
    return columns.pop(), tuple(words), holder
