"""Finds a select of `COUNT(*)` and `COUNT_IF(CONTAINS(column, word))` alone."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ...sql.dialect import write
from ...sql.one_table import OTHERS, allowed_of, is_standalone
from ...sql.question import has
from .reading import conditions_of, contains, mark_of


@dataclass(frozen=True)
class Counted:
    """A select of numbers of rows.

    Attributes:
        mark: Stands for all that follows SELECT.
        sql: What it stands for.
        table: Id of the table.
        column: Its column of texts.
        counts: Name of each number, and SQL of the word that its rows hold; empty: all rows are
            counted.
        allowed: SQL of the `$rid` of the rows that are counted; None: all are.
    """

    mark: str
    sql: str
    table: int
    column: str
    counts: tuple[tuple[str, str], ...]
    allowed: str | None


def find_counted(
    select: exp.Select, alias: str, inner: exp.Select, table: int
) -> tuple[Counted, Callable[[], None]] | None:
    if has(select, *OTHERS, "joins", "order", "limit", "offset", "with_"):
        return None
    if not is_standalone(select):
        return None
    conditions = conditions_of(select, alias, inner)
    if conditions is None:
        return None
    columns: set[str] = set()
    counts: list[tuple[str, str]] = []
    for item in select.expressions:
        word = _counted_word(item.unalias(), alias, inner, columns)
        if word is None or not isinstance(item, exp.Alias):
            return None
        counts.append((write(item.args["alias"]), word))
    if len(columns) != 1:
        return None
    allowed = None
    if conditions or inner.args.get("where"):
        allowed = allowed_of(select, inner, alias, conditions)
    sql = write(select).removeprefix("SELECT ")
    part = Counted(mark_of("counted"), sql, table, columns.pop(), tuple(counts), allowed)

    def apply() -> None:
        # In its place: the root of a query has nobody who could replace it.
        select.set("from_", None)
        select.set("where", None)
        select.set("expressions", [exp.column(part.mark, quoted=True)])

    return part, apply


def _counted_word(node: exp.Expr, alias: str, inner: exp.Select, columns: set[str]) -> str | None:
    """Return the SQL of the word that is counted, empty for all rows; None: something else is."""
    condition = None
    if isinstance(node, exp.Filter):
        node, condition = node.this, node.expression.this.unnest()
    if not isinstance(node, exp.Count) or not isinstance(node.this, exp.Star):
        return None
    if condition is None:
        return ""
    read = contains(condition, alias, inner)
    if read is None:
        return None
    columns.add(read[0])
    return read[1]
