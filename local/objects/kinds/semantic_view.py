"""SEMANTIC VIEW: read as Snowflake reads it, checked, described; `sql/semantic` answers queries.

https://docs.snowflake.com/en/sql-reference/sql/desc-semantic-view
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import compilation
from ...language.names import Name
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT
from ...sessions.call import Call
from ...sessions.session import Session
from ...sql.semantic.model import Expression, LogicalTable, Model, Relationship
from ...sql.semantic.reading import model_of, read_model
from ...sql.semantic.types import types_of
from .base import Mode
from .table import copy_grants_of
from .texts import TextKind

Property = tuple[str, Any]
_COLUMNS = ("object_kind", "object_name", "parent_entity", "property", "property_value")


class SemanticView(TextKind):
    """Semantic views."""

    name = "SEMANTIC VIEW"
    plural = "SEMANTIC VIEWS"
    or_alter = True

    def read_text(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser, names = call.parser, call.session.names
        tables: list[int] = []

        def find(name: Name) -> int:
            tables.append(names.find("TABLE", name).id)
            return tables[-1]

        model, comment = read_model(parser, find)
        if not any(item.sort != "FACT" for item in model.expressions.values()):
            raise compilation("a semantic view needs a dimension or a metric", 392700, "42601")
        for item in model.expressions.values():
            if item.table is not None and item.table not in model.tables:
                raise compilation(f"'{item.label}' is on no table of the view", 392701, "42601")
        if parser.accept("WITH", "TAG") or parser.accept("TAG"):
            parser.bracketed_text()
        copied = bool(parser.accept("COPY", "GRANTS"))
        return {"tables": tables, "comment": comment, "copy_grants": copied}

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        change.put(item.with_body(types=types_of(session, item)))
        if old is not None and item.body["copy_grants"]:
            copy_grants_of(session, change, old, item)

    def describe(self, session: Session, item: Object, what: str) -> Result:
        rows = [[None, None, None, "COMMENT", item.comment]] if item.comment else []
        rows += [list(row) for row in _described(session, item)]
        return Result([Column(name, TEXT) for name in _COLUMNS], rows, SHOW)


def types_in(session: Session, view: Object) -> dict[str, str]:
    """Return the types of what a view defines; those that CREATE noted, where it did."""
    held = view.body.get("types")
    return held if isinstance(held, dict) else types_of(session, view)


def listed(words: Sequence[str]) -> str | None:
    """Return a list as an answer spells it, None for an empty one."""
    return json.dumps(list(words), ensure_ascii=False, separators=(",", ":")) if words else None


def _described(session: Session, view: Object) -> Iterator[tuple[Any, ...]]:
    model, types = model_of(view), types_in(session, view)
    for name in sorted(model.tables):
        yield from _rows("TABLE", name, None, _table(session, model.tables[name]))
        for link in sorted(model.relationships, key=lambda link: link.name):
            if link.table == name:
                yield from _rows("RELATIONSHIP", link.name, name, _relationship(link))
        yield from _expressions(session, view, model, types, name)
    yield from _expressions(session, view, model, types, None)
    for name, text in model.instructions.items():
        yield "CUSTOM_INSTRUCTIONS", None, None, name, text
    for name, query in model.queries.items():
        yield from _rows("AI_VERIFIED_QUERY", name, None, query.items())


def _rows(kind: str, name: str, parent: str | None, properties: Any) -> Iterator[tuple[Any, ...]]:
    for key, value in properties:
        if value is not None and value != "":
            yield kind, name, parent, key, value


def _table(session: Session, table: LogicalTable) -> Iterator[Property]:
    item = session.engine.catalogue.get(table.item)
    path = session.engine.catalogue.path(item) if item is not None else ("", "", "")
    for part, value in zip(("DATABASE_", "SCHEMA_", ""), path, strict=True):
        yield f"BASE_TABLE_{part}NAME", value
    yield "SYNONYMS", listed(table.synonyms)
    yield "PRIMARY_KEY", listed(table.key)
    yield "COMMENT", table.comment


def _relationship(link: Relationship) -> Iterator[Property]:
    yield "TABLE", link.table
    yield "REF_TABLE", link.to
    yield "FOREIGN_KEY", listed(link.columns)
    yield "REF_KEY", listed(link.to_columns)


def _expressions(
    session: Session, view: Object, model: Model, types: dict[str, str], table: str | None
) -> Iterator[tuple[Any, ...]]:
    database, schema, *_ = session.engine.catalogue.path(view)
    found = [item for item in model.expressions.values() if item.table == table]
    for item in sorted(found, key=lambda item: item.name):
        kind = item.sort if table is not None else "DERIVED_METRIC"
        properties = list(_expression(item, types.get(item.label)))
        if item.search:
            places = [database, schema, item.search[-1]]
            places[3 - len(item.search) :] = item.search
            for part, value in zip(("DATABASE_", "SCHEMA_", ""), places, strict=True):
                properties.append((f"CORTEX_SEARCH_SERVICE_{part}NAME", value))
        yield from _rows(kind, item.name, table, properties)


def _expression(item: Expression, kind: str | None) -> Iterator[Property]:
    yield "TABLE", item.table
    yield "EXPRESSION", item.text
    yield "DATA_TYPE", kind
    yield "SYNONYMS", listed(item.synonyms)
    yield "COMMENT", item.comment
    yield "ACCESS_MODIFIER", "PRIVATE" if item.private else "PUBLIC"
    yield "LABELS", listed(["filter"]) if item.is_filter else None


KIND = SemanticView()
