"""Figures by name: metrics, dimensions and filters of the stack's semantic views.

The SQL is ours. Names are looked up in the definitions, values are bound, rows are limited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hushflake.deploy.errors import StatementError
from hushflake.schema.kinds.semantic_view_spec import Expression, SemanticView
from hushflake.schema.names import QualifiedName
from hushflake.schema.suggest import one_of

from .base import Base
from .errors import KnowledgeMistakeError
from .statement import Rows

MOST_NAMES: Final = 20
_TRUTH: Final = {"true": True, "false": False}
# Snowflake's error for a dimension that a metric has no single value of.
_TOO_FINE: Final = 10234
_NOT_THERE: Final = (2003, 3001)


@dataclass(frozen=True)
class View:
    """What can be asked of a semantic view: its public parts by `table.name`, in lower case."""

    name: str
    comment: str
    metrics: Mapping[str, Expression]
    dimensions: Mapping[str, Expression]


@dataclass(frozen=True)
class Named:
    """A metric or dimension in words; a filter is true or false."""

    name: str
    words: str
    is_filter: bool


@dataclass(frozen=True)
class Measured:
    """The query that was run, and what it returned."""

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def views(base: Base) -> dict[str, View]:
    """Return the stack's semantic views by their names within the database, `schema.view`."""
    found = {}
    for key, resource in base.desired.resources.items():
        if resource is None or not isinstance(resource.spec, SemanticView):
            continue
        name = QualifiedName.parse(key.name)
        spec = resource.spec
        short = ".".join(part.text for part in name.parts[1:]).lower()
        found[short] = View(key.name, spec.comment, _public(spec.metrics), _public(spec.dimensions))
    return found


def in_words(items: Mapping[str, Expression]) -> list[Named]:
    """Return what people and assistants are told of metrics or dimensions."""
    return [
        Named(name, "; ".join(filter(None, (item.comment, *item.synonyms))), item.filter)
        for name, item in items.items()
    ]


def _public(items: Sequence[Expression]) -> dict[str, Expression]:
    return {_label(item): item for item in items if not item.private}


def _label(item: Expression) -> str:
    table = f"{item.table.text}." if item.table is not None else ""
    return f"{table}{item.name.text}".lower()


def measure(
    base: Base,
    view: str,
    metrics: Sequence[str],
    dimensions: Sequence[str] = (),
    filters: Mapping[str, str] | None = None,
    limit: int = 100,
) -> Measured:
    """Compute metrics of a semantic view.

    Args:
        view: Its name, with its schema or without.
        metrics, dimensions: Names of the view, with their table or without.
        filters: Dimension -> value that it must have; `true` or `false` of a filter.
        limit: Most rows that are returned.

    Raises:
        KnowledgeMistakeError: A name that the view does not have, or a combination that it does not
            allow; no SELECT on the view.
        StatementError: The account refused the statement.
    """
    chosen = _chosen(views(base), view)
    if not metrics and not dimensions:
        raise KnowledgeMistakeError("name a metric or a dimension of the view")
    asked = {
        "DIMENSIONS": [_named(chosen.dimensions, name, "dimension") for name in dimensions],
        "METRICS": [_named(chosen.metrics, name, "metric") for name in metrics],
    }
    clauses = [
        f"  {clause} {', '.join(_aliased(items, asked))}"
        for clause, items in asked.items()
        if items
    ]
    conditions, values = _conditions(chosen, filters or {})
    if conditions:
        clauses.append(f"  WHERE {' AND '.join(conditions)}")
    lines = "\n".join(clauses)
    sql = f"SELECT * FROM SEMANTIC_VIEW(\n  {chosen.name}\n{lines}\n) LIMIT {int(limit)}"
    columns, rows = _run(base, sql, tuple(values), chosen)
    return Measured(sql, columns, rows)


def _run(base: Base, sql: str, values: tuple[object, ...], view: View) -> Rows:
    try:
        rows = base.session.query(sql, values) if values else base.session.query(sql)
    except StatementError as error:
        if error.code == _TOO_FINE:
            raise KnowledgeMistakeError(
                "a metric has no single value of one of these dimensions: take a dimension of its "
                "own table, or of one that this table refers to"
            ) from None
        if error.code in _NOT_THERE:
            raise KnowledgeMistakeError(
                f"the semantic view {view.name} is not there, or the role has no SELECT on it"
            ) from None
        raise
    return tuple(rows[0]) if rows else (), tuple(tuple(row.values()) for row in rows)


def _chosen(known: Mapping[str, View], name: str) -> View:
    wanted = name.strip().lower()
    found = [v for k, v in known.items() if wanted in (k, k.rpartition(".")[2], v.name.lower())]
    if len(found) != 1:
        what = "more than one semantic view has that name" if found else "no such semantic view"
        raise KnowledgeMistakeError(f"{what}: {one_of(wanted, known)}")
    return found[0]


def _named(known: Mapping[str, Expression], name: str, what: str) -> Expression:
    wanted = name.strip().lower()
    found = [item for k, item in known.items() if wanted in (k, k.rpartition(".")[2])]
    if len(found) != 1:
        problem = f"more than one {what} has that name" if found else f"no such {what}"
        raise KnowledgeMistakeError(f"{problem}: {one_of(wanted, known)}")
    return found[0]


def _sql(item: Expression) -> str:
    return f"{item.table}.{item.name}" if item.table is not None else str(item.name)


def _aliased(items: Sequence[Expression], asked: Mapping[str, Sequence[Expression]]) -> list[str]:
    """The items as SQL; two columns of one name get that of their table before it."""
    every = [item.name for held in asked.values() for item in held]
    found = []
    for item in items:
        if every.count(item.name) > 1 and item.table is not None:
            text = f"{item.table.text}_{item.name.text}".replace('"', '""')
            found.append(f'{_sql(item)} AS "{text}"')
        else:
            found.append(_sql(item))
    return found


def _conditions(view: View, filters: Mapping[str, str]) -> tuple[list[str], list[str]]:
    conditions, values = [], []
    for name, value in filters.items():
        item = _named(view.dimensions, name, "dimension")
        if item.filter:
            if value.strip().lower() not in _TRUTH:
                raise KnowledgeMistakeError(f"the filter {_label(item)} is true or false")
            wanted = _TRUTH[value.strip().lower()]
            conditions.append(_sql(item) if wanted else f"NOT {_sql(item)}")
        else:
            conditions.append(f"{_sql(item)} = ?")
            values.append(value)
    return conditions, values
