"""The `notion:` mapping of an entity, bound to its columns: what the engine works by."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from hushflake.schema.expand import SOURCE_ID_TYPE
from hushflake.schema.model import Entity
from hushflake.schema.notion import Brake, ConflictProperties, Notion, default_type
from hushflake.schema.project import Stack

from .columns import base_type
from .errors import SyncMistakeError
from .properties import property_types
from .types import BODY, FieldMap, Owner, Spelling

PAGE_COLUMN: Final = "NOTION_PAGE_ID"
GENERATED_KEY: Final = 32  # characters of a page id without dashes


@dataclass(frozen=True)
class Column:
    """A column of the entity's table that holds data, mapped or not."""

    name: str
    sql: str
    type: str


@dataclass(frozen=True)
class EntityMap:
    """One entity and its data source.

    Attributes:
        key: The key's columns, in order.
        fields: What is kept in step; the body last.
        columns: Every data column of the table.
        sync_id: The property that ties a page to its row.
        winner: Whose value stands when both sides changed a field.
        page_column: The column for the page's id; kept only where the table has it.
        spelling: Of content that is read for the first time, or that an editor changed.
        conflicts: The properties by which conflicts are decided where pages are edited.
    """

    entity: str
    table: str
    data_source: str
    key: tuple[Column, ...]
    fields: tuple[FieldMap, ...]
    columns: tuple[Column, ...]
    sync_id: str = "sync_id"
    winner: Owner = "notion"
    brake: Brake = field(default_factory=Brake)
    page_column: str = PAGE_COLUMN
    spelling: Spelling = ""
    conflicts: ConflictProperties | None = None

    @cached_property
    def by_column(self) -> Mapping[str, FieldMap]:
        return {item.column: item for item in self.fields}

    @cached_property
    def body(self) -> FieldMap | None:
        """The field that holds the pages' content, if any does."""
        return next((item for item in self.fields if item.kind == BODY), None)

    @property
    def body_column(self) -> str:
        """The column of the pages' content; "" when none has it."""
        return self.body.column if self.body else ""

    @cached_property
    def properties(self) -> tuple[FieldMap, ...]:
        """The fields that are properties."""
        return tuple(item for item in self.fields if item.kind != BODY)

    @cached_property
    def keeps_page_id(self) -> bool:
        """Whether the table has a column for the page's id."""
        return any(column.name == self.page_column for column in self.columns)

    @property
    def can_make_keys(self) -> bool:
        """Whether the key of a row can be made of the id of its page."""
        if len(self.key) != 1 or base_type(self.key[0].type) != "VARCHAR":
            return False
        size = re.search(r"\((\d+)\)", self.key[0].type)
        return size is None or int(size[1]) >= GENERATED_KEY

    def key_text(self, parts: Iterable[str]) -> str:
        """Return the key of a row as one text: what the property `sync_id` says."""
        found = [str(part) for part in parts]
        # As TO_JSON spells it: the account makes the same text of a row's key.
        return (
            found[0]
            if len(found) == 1
            else json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        )

    def key_parts(self, text: str) -> tuple[str, ...] | None:
        """Return the parts of a key's text; None: it is no key of this entity."""
        if len(self.key) == 1:
            return (text,)
        try:
            parts = json.loads(text)
        except ValueError:
            return None
        fits = isinstance(parts, list) and len(parts) == len(self.key)
        return tuple(map(str, parts)) if fits else None


def maps_of(
    entities: Iterable[Entity], stack: Stack, only: Iterable[str] = ()
) -> tuple[EntityMap, ...]:
    """Return the mappings of the entities that have one, what is referred to before what refers.

    An entity without a data source on this stack is left out, unless none has one.

    Args:
        only: Names of entities; empty: all.

    Raises:
        SyncMistakeError: No data source at all, or none for an entity that was named.
    """
    wanted = {name.upper() for name in only}
    mapped = {
        entity.name: entity
        for entity in entities
        if entity.notion and entity.notion.fields and (not wanted or entity.name in wanted)
    }
    here = {name: item for name, item in mapped.items() if data_source_of(item, stack)}
    missing = [item for name, item in mapped.items() if name not in here]
    if missing and (wanted or not here):
        raise _without_source(missing[0], stack)
    mapped = here
    order: list[str] = []

    def visit(name: str, above: frozenset[str]) -> None:
        for item in mapped[name].fields:
            needed = item.references[0] if item.references else ""
            if needed in mapped and needed not in above | {name}:
                visit(needed, above | {name})
        if name not in order:
            order.append(name)

    for name in sorted(mapped):
        visit(name, frozenset())
    return tuple(map_of(mapped[name], stack) for name in order)


def maps_without_source(
    entities: Iterable[Entity], stack: Stack, only: Iterable[str] = ()
) -> tuple[EntityMap, ...]:
    """Return the mappings of the entities for which a stack names no data source.

    Args:
        only: Names of entities; empty: all.
    """
    wanted = {name.upper() for name in only}
    return tuple(
        map_of(entity, stack)
        for entity in entities
        if entity.notion and entity.notion.fields and (not wanted or entity.name in wanted)
        if not data_source_of(entity, stack)
    )


def map_of(entity: Entity, stack: Stack) -> EntityMap:
    """Return the mapping of one entity; one without a mapping maps nothing."""
    declared = entity.notion or Notion()
    types = property_types()
    fields = []
    for name, item in declared.fields.items():
        column = entity.field_named(name.text)
        kind = item.type or default_type(column.type) or "rich_text"
        fields.append(
            FieldMap(
                column=name.text,
                sql=name.sql,
                type=column.type,
                property_name=item.property,
                kind=kind,
                converter=types[kind],
                owner=item.owner,
                required=column.required or name in entity.key,
                is_key=name in entity.key,
                entity=column.references[0] if column.references else "",
                time_zone=item.time_zone,
            )
        )
    if declared.body is not None:
        column = entity.field_named(declared.body.text)
        fields.append(
            FieldMap(
                column=column.name.text,
                sql=column.name.sql,
                type=column.type,
                property_name="",
                kind=BODY,
                converter=types[BODY],
                required=column.required,
            )
        )
    by_name = {
        item.name: Column(item.name.text, item.name.sql, item.type) for item in entity.fields
    }
    ids = [Column(item.text, item.sql, SOURCE_ID_TYPE) for item in entity.source_ids]
    return EntityMap(
        entity=entity.name,
        table=entity.table.sql,
        data_source=data_source_of(entity, stack),
        key=tuple(by_name[name] for name in entity.key),
        fields=tuple(fields),
        columns=(*by_name.values(), *ids),
        sync_id=declared.sync_id,
        winner=declared.winner,
        brake=declared.brake,
        spelling="" if declared.markdown == "v1" else declared.markdown,
        conflicts=declared.conflicts,
    )


def data_source_of(entity: Entity, stack: Stack) -> str:
    """Return the id of an entity's data source on a stack; "" when it has none."""
    settings: Any = stack.settings.get("notion") or {}
    said = settings.get(entity.name) if isinstance(settings, Mapping) else None
    return dashed(str(said or (entity.notion.data_source if entity.notion else "")).strip())


def _without_source(entity: Entity, stack: Stack) -> SyncMistakeError:
    place = f"{entity.at}: " if entity.at else ""
    return SyncMistakeError(
        f"{place}{entity.name} has no Notion data source on stack {stack.name}: write "
        f"settings: {{notion: {{{entity.name}: ID}}}} in stacks/{stack.name}.yaml, or "
        "notion: {data_source: ID}; Notion shows it under Manage data sources"
    )


def dashed(text: str) -> str:
    """Return an id as Notion writes it, with dashes; other text as it is."""
    plain = text.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{32}", plain):
        return text
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
