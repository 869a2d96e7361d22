"""Finds in a translated query what the texts of a table answer.

- `Named`: `expression IN (texts)`, by itself or several with OR, among the conditions on a table.
- `Counted`: a select of `COUNT(*)` and `COUNT_IF(CONTAINS(column, word))` alone.
- `Telling`: `ORDER BY` what depends on `CONTAINS(column, word)` alone, then maybe an expression of the
  row, with a LIMIT; a one-row relation may stand beside the table.

Each gets marks, as in `vectors/shape.py`: what they are filled with lets DuckDB look at few rows,
evaluate everything again, and answer.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from ..one_table import (
    OTHERS,
    add_condition,
    allowed_of,
    column_of,
    conjuncts,
    is_standalone,
    is_unusual,
    selected_of,
    source_of,
    wanted_of,
)
from ..translate.dialect import write
from ..vectors.question import VOLATILE, has, is_constant, table_expression
from .columns import MOST_WORDS, NO_TEXT

_ALIAS = "R"


@dataclass(frozen=True)
class Named:
    """Conditions of which a row must meet one: an expression of it is one of some texts.

    Attributes:
        mark: Stands for the condition on the table's rows.
        table: Id of the table.
        tests: SQL of an expression of the row `R`, and of each text, or of a query of one column.
    """

    mark: str
    table: int
    tests: tuple[tuple[str, tuple[str, ...] | str], ...]


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


@dataclass(frozen=True)
class Telling:
    """The rows with the most telling words.

    Attributes:
        mark: Stands for the condition on the table's rows.
        table: Id of the table.
        column: Its column of texts.
        words: SQL of each word.
        order: SQL that reads bit n of `$c` for word n, and returns `c` and `w`, in the order of
            `ORDER BY w`; parameter `$classes` has the values of `$c`.
        key: SQL of what comes next in ORDER BY, of the row `R`; empty: nothing that can be told.
        descending: Whether its greatest come first.
        wanted: SQL of how many rows are wanted.
        allowed: SQL of the `$rid` of the rows that are looked at; None: all are.
    """

    mark: str
    table: int
    column: str
    words: tuple[str, ...]
    order: str
    key: str
    descending: bool
    wanted: str
    allowed: str | None


Found = tuple[Named | Counted | Telling, Callable[[], None]]


def find_names_and_counts(select: exp.Select) -> list[Found]:
    """Return the parts of a select that are answered by themselves, and what marks each."""
    source = source_of(select)
    if source is None:
        return []
    found = _counted(select, *source) or _named(select, *source)
    return [] if found is None else [found]


def find_telling(select: exp.Select) -> list[Found]:
    """Return the parts of a marked select whose order may depend on what fills other marks."""
    source = source_of(select)
    found = None if source is None else _telling(select, *source)
    return [] if found is None else [found]


def _mark(kind: str) -> str:
    return f"${kind}_{uuid.uuid4().hex}"


# --- named ----------------------------------------------------------------------------------------


def _named(select: exp.Select, alias: str, inner: exp.Select, table: int) -> Found | None:
    where = select.args.get("where")
    if where is None or any(has(join, "side", "method") for join in select.args.get("joins") or []):
        return None
    for condition in conjuncts(where.this):
        tests = [_test(node, alias, inner) for node in _alternatives(condition)]
        known = tuple(test for test in tests if test is not None)
        if len(known) == len(tests):
            mark = _mark("named")
            return Named(mark, table, known), partial(_restrict, inner, mark)
    return None


def _restrict(inner: exp.Select, mark: str) -> None:
    add_condition(inner, exp.column(mark, quoted=True))


def _alternatives(node: exp.Expr) -> list[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.Or):
        return [*_alternatives(node.this), *_alternatives(node.expression)]
    return [node]


def _test(
    node: exp.Expr, alias: str, inner: exp.Select
) -> tuple[str, tuple[str, ...] | str] | None:
    if not isinstance(node, exp.In) or has(node, "unnest", "field", "is_global"):
        return None
    expression = _of_row(node.this, alias, inner)
    if expression is None:
        return None
    query = node.args.get("query")
    if query is not None:
        query = query.this if isinstance(query, exp.Subquery) else query
        if not isinstance(query, exp.Select) or len(query.expressions) != 1:
            return None
        common = _apart(query, alias)
        if query.expressions[0].is_star or common is None:
            return None
        return expression, common + write(query)
    if not node.expressions or not all(map(is_constant, node.expressions)):
        return None
    return expression, tuple(write(item) for item in node.expressions)


def _apart(query: exp.Select, alias: str | None) -> str | None:
    """Return WITH of what a query reads; None when it reads a table, or a row outside of it."""
    common: dict[str, str] = {}
    for node in query.walk():
        if isinstance(node, exp.Rand) or _is_volatile(node):
            return None
        if isinstance(node, exp.Column) and node.table == alias:
            return None
        if isinstance(node, exp.Table):
            made = None if node.args.get("db") else table_expression(query, node.name)
            if not isinstance(made, exp.Select) or _apart(made, None) != "":
                return None
            common[write(exp.to_identifier(node.name, quoted=True))] = write(made)
    parts = ", ".join(f"{name} AS ({sql})" for name, sql in common.items())
    return f"WITH {parts} " if parts else ""


def _is_volatile(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in VOLATILE


def _of_row(node: exp.Expr, alias: str, inner: exp.Select) -> str | None:
    """Return the SQL of an expression over columns of the row `R`, as they are stored."""
    stored = _stored(inner)
    for item in node.walk():
        if isinstance(item, exp.Query | exp.Rand | exp.Star | exp.AggFunc | exp.Window):
            return None
        if isinstance(item, exp.Column) and column_of(item, alias, stored) is None:
            return None
        if _is_volatile(item):
            return None
    if node.find(exp.Column) is None:
        return None
    copy = node.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", exp.to_identifier(_ALIAS, quoted=True))
    return write(copy)


def _stored(inner: exp.Select) -> set[str]:
    """Return the columns that are no expression: a masking policy would stand in their place."""
    return {item.name for item in inner.expressions if isinstance(item, exp.Column)}


# --- counted --------------------------------------------------------------------------------------


def _counted(select: exp.Select, alias: str, inner: exp.Select, table: int) -> Found | None:
    if has(select, *OTHERS, "joins", "order", "limit", "offset", "with_"):
        return None
    if not is_standalone(select):
        return None
    conditions = _conditions(select, alias, inner)
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
    part = Counted(_mark("counted"), sql, table, columns.pop(), tuple(counts), allowed)

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
    read = _contains(condition, alias, inner)
    if read is None:
        return None
    columns.add(read[0])
    return read[1]


def _contains(node: exp.Expr, alias: str, inner: exp.Select) -> tuple[str, str] | None:
    """Return the column and the SQL of the word of `CONTAINS(column, word)`."""
    if isinstance(node, exp.Contains):
        arguments = [node.this, node.expression]
    elif isinstance(node, exp.Anonymous) and str(node.this).upper() == "CONTAINS":
        arguments = list(node.expressions)
    else:
        return None
    if len(arguments) != 2 or not is_constant(arguments[1]):
        return None
    column = column_of(arguments[0], alias, _stored(inner))
    return None if column is None else (column, write(arguments[1]))


def _conditions(select: exp.Select, alias: str, inner: exp.Select) -> list[exp.Expr] | None:
    """Return the conditions of a select, each of which can be evaluated on its own."""
    where = select.args.get("where")
    if where is None:
        return []
    columns = {item.name for item in inner.expressions}
    found = conjuncts(where.this)
    for condition in found:
        for node in condition.walk():
            if isinstance(node, exp.Query | exp.Rand) or _is_volatile(node):
                return None
            if isinstance(node, exp.Column) and column_of(node, alias, columns) is None:
                return None
    return found


# --- telling --------------------------------------------------------------------------------------


def _telling(select: exp.Select, alias: str, inner: exp.Select, table: int) -> Found | None:
    order, limit = select.args.get("order"), select.args.get("limit")
    if order is None or not isinstance(limit, exp.Limit) or not is_standalone(select):
        return None
    if has(select, *OTHERS) or is_unusual(select):
        return None
    beside = _beside(select)
    conditions = _conditions(select, alias, inner)
    wanted = wanted_of(select, limit)
    if beside is None or conditions is None or wanted is None:
        return None
    first, *others = order.expressions
    read = _words(selected_of(first.this, select), alias, inner)
    if read is None:
        return None
    column, words, weight = read
    others = [item for item in others if not is_constant(selected_of(item.this, select))]
    key = _of_row(selected_of(others[0].this, select), alias, inner) if others else None
    allowed = None
    if conditions or inner.args.get("where"):
        allowed = allowed_of(select, inner, alias, conditions)
    ordered = first.copy()
    ordered.set("this", exp.column("w"))
    bits = "".join(
        f', CASE WHEN c < {NO_TEXT} THEN (c >> {n}) & 1 = 1 END AS "$bit{n}"'
        for n in range(len(words))
    )
    sql = (
        f'{beside[0]}SELECT c, w FROM (SELECT "$s"."$c" AS c, {write(weight)} AS w '
        f'FROM (SELECT c AS "$c"{bits} FROM (SELECT unnest(CAST($classes AS BIGINT[])) AS c)) '
        f'AS "$s"{beside[1]}) ORDER BY {write(ordered)}'
    )
    part = Telling(
        mark=_mark("telling"),
        table=table,
        column=column,
        words=words,
        order=sql,
        key=key or "",
        descending=bool(others and others[0].args.get("desc")),
        wanted=wanted,
        allowed=allowed,
    )
    return part, lambda: _restrict(inner, part.mark)


def _beside(select: exp.Select) -> tuple[str, str] | None:
    """Return WITH and CROSS JOIN of the table expression beside the table, empty without one."""
    joins = select.args.get("joins") or []
    if not joins:
        return "", ""
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
    name = write(exp.to_identifier(relation.name, quoted=True))
    beside = write(relation)
    return f"WITH {name} AS ({write(made)}) ", f" CROSS JOIN {beside}"


def _is_one_row(select: exp.Select) -> bool:
    """Tell whether a select is one row: constants, or aggregates without groups."""
    if has(select, "group", "having", "qualify", "limit", "offset", "distinct", "laterals"):
        return False
    if select.args.get("from_") is None:
        return not has(select, "where")
    return all(item.find(exp.AggFunc) and not item.find(exp.Window) for item in select.expressions)


def _words(
    node: exp.Expr, alias: str, inner: exp.Select
) -> tuple[str, tuple[str, ...], exp.Expr] | None:
    """Return the column, the words, and the expression with bits in the place of CONTAINS."""
    holder = exp.Paren(this=node.copy())
    columns: set[str] = set()
    words: list[str] = []
    for item in list(holder.find_all(exp.Contains, exp.Anonymous)):
        read = _contains(item, alias, inner)
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
