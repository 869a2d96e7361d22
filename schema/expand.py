"""What an entity stands for: table, stream, task, search service and semantic view."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final

from .acl import acl_policy, derived_masks
from .chunks import chunks_of, cut_stream, left_stream
from .cutting import cut_sql, cut_version
from .embedding import task_sql, version_of
from .entity_yaml import PII
from .kinds.annotations import Target
from .kinds.base import Key, Resource
from .kinds.foreign_key import ForeignKey, foreign_key_name, foreign_key_references
from .kinds.stream import Stream
from .kinds.table_spec import Assignment, Column, Masking, Table
from .kinds.task_spec import Task
from .model import Entity
from .names import Identifier, QualifiedName, literal
from .search_service import search_service_of
from .semantics import semantic_view_of

SOURCE_ID_TYPE: Final = "VARCHAR(128)"
TIMESTAMP: Final = "TIMESTAMP_LTZ(9)"
NOW: Final = "CURRENT_TIMESTAMP()"


def expand(entity: Entity, entities: Mapping[str, Entity]) -> Iterator[Resource]:
    """The objects that an entity stands for.

    Args:
        entities: All entities by name: a semantic view joins those that a field refers to.
    """
    schema = Key("schema", entity.table.parent.sql)
    table = Key("table", entity.table.sql)
    policies = list(_policies(entity))
    yield from policies
    yield _resource(entity, table, table_of(entity), schema, *(item.key for item in policies))
    for foreign in foreign_keys_of(entity, entities):
        key = Key("foreign_key", foreign_key_name(foreign))
        yield _resource(entity, key, foreign, *foreign_key_references(foreign))
    if entity.semantic_view is not None:
        view = semantic_view_of(entity, entities)
        tables = [item.on.key for item in view.tables]
        yield _resource(
            entity, Key("semantic_view", entity.semantic_view.sql), view, schema, *tables
        )
    child = chunks_of(entity)
    chunked = [Key("table", child.table.sql)] if child is not None else []
    if entity.search is not None and entity.search_service is not None:
        warehouse = Key("warehouse", entity.search.warehouse.sql)
        key = Key("cortex_search_service", entity.search_service.sql)
        service = search_service_of(entity, child)
        yield _resource(entity, key, service, schema, table, *chunked, warehouse)
    yield from _embedded(entity)
    if child is not None:
        yield from _chunked(entity, child)


def _embedded(entity: Entity) -> Iterator[Resource]:
    """Stream and task that embed the rows of a table."""
    if entity.embedding is None or entity.stream is None or entity.task is None:
        return
    stream = Key("stream", entity.stream.sql)
    purpose = f"Changed rows of {entity.name}, for its embedding task alone"
    yield from _streamed(entity, stream, _stream(entity, purpose), _task(entity))


def _streamed(
    entity: Entity, stream: Key, spec: Stream, task: Task, *more: Key
) -> Iterator[Resource]:
    """A stream on the table of an entity, and the task that consumes it."""
    schema, table = Key("schema", entity.table.parent.sql), Key("table", entity.table.sql)
    name = stream.name.removesuffix("_STREAM") + "_TASK"
    yield _resource(entity, stream, spec, schema, table)
    on = [Key("warehouse", task.warehouse.sql)] if task.warehouse else []
    yield _resource(entity, Key("task", name), task, schema, table, *more, stream, *on)


def _chunked(entity: Entity, child: Entity) -> Iterator[Resource]:
    """The table of the chunks, what cuts rows into it, and what embeds them."""
    schema, table = Key("schema", child.table.parent.sql), Key("table", child.table.sql)
    made = table_of(child)
    yield from _policies(child)
    yield _resource(child, table, made, schema, *_governing(made))
    purpose = f"Changed rows of {entity.name}, to be cut into chunks"
    left = Key("stream", left_stream(entity).sql)
    purpose_left = f"New chunks of {entity.name}: its cutting goes on"
    again = Stream(comment=purpose_left, on=Target("table", child.table), append_only=True)
    yield _resource(child, left, again, schema, table)
    stream = Key("stream", cut_stream(entity).sql)
    yield from _streamed(entity, stream, _stream(entity, purpose), _cut_task(entity), table, left)
    yield from _embedded(child)


def _policies(entity: Entity) -> Iterator[Resource]:
    """The policies that an entity makes; its chunks are under the row access policy of the row."""
    schema = Key("schema", entity.table.parent.sql)
    if entity.acl is not None and entity.parent is None:
        yield _resource(entity, *acl_policy(entity, entity.acl), schema)
    for key, mask in {item.policy: mask for item, mask in derived_masks(entity)}.items():
        yield _resource(entity, Key("masking_policy", key.sql), mask, schema)


def _governing(table: Table) -> Iterator[Key]:
    """Tags and policies of a table that no definition names."""
    for item in table.tags:
        yield Key("tag", item.tag.sql)
    for masking in table.masking:
        yield Key("masking_policy", masking.policy.sql)
    if table.row_access is not None:
        yield Key("row_access_policy", table.row_access.policy.sql)


def expanded_keys(table: QualifiedName, written: Container[str]) -> Iterator[Key]:
    """What an entity of that table and with those keys in YAML would stand for, by its names."""
    name, schema = table.last.text, table.parent
    yield Key("table", table.sql)
    if "embedding" in written:
        yield Key("stream", schema.child(f"{name}_EMBED_STREAM").sql)
        yield Key("task", schema.child(f"{name}_EMBED_TASK").sql)
        yield Key("table", schema.child(f"{name}_CHUNKS").sql)
    if "search" in written:
        yield Key("cortex_search_service", schema.child(f"{name}_SEARCH").sql)
    if "semantic" in written:
        yield Key("semantic_view", schema.child(f"{name}_SEMANTIC").sql)


def table_of(entity: Entity) -> Table:
    """The table of an entity: fields, source ids, and the columns that the task keeps."""
    columns = [
        Column(
            name=item.name,
            type=item.type,
            nullable=not item.required and item.name not in entity.key,
            default=item.default,
            comment=item.description,
            renamed_from=item.renamed_from,
        )
        for item in entity.fields
    ]
    columns += [
        Column(name=name, type=SOURCE_ID_TYPE, comment=f"Id of the row in {_system(name)}")
        for name in entity.source_ids
    ]
    columns.append(_UPDATED_AT)
    if entity.embedding is not None:
        columns.append(
            Column(
                name=Identifier("EMBEDDING"),
                type=f"VECTOR(FLOAT, {entity.embedding.dimension})",
                comment=f"Made by {entity.embedding.model}",
            )
        )
        columns += _EMBEDDING_COLUMNS
    return Table(
        comment=entity.description,
        columns=tuple(columns),
        renamed_from=entity.renamed_from,
        primary_key=entity.key,
        cluster_by=entity.cluster_by,
        transient=entity.transient,
        data_retention_days=entity.data_retention_days,
        change_tracking=True,
        tags=tuple(_assignments(entity)),
        masking=tuple(_masking(entity, columns)),
        row_access=entity.row_access,
    )


def _masking(entity: Entity, columns: Iterable[Column]) -> Iterator[Masking]:
    """The masks of fields, and of what is derived of them, in the order of the columns."""
    masks = {item.column: item for item, _ in derived_masks(entity)}
    for item in entity.fields:
        if item.masking_policy is not None:
            masks[item.name] = Masking(column=item.name, policy=item.masking_policy)
    for column in columns:
        if column.name in masks:
            yield masks[column.name]


def foreign_keys_of(entity: Entity, entities: Mapping[str, Entity]) -> Iterator[ForeignKey]:
    """One for each field that refers to the whole key of an entity that is on this stack."""
    for item in entity.fields:
        other = entities.get(item.references[0]) if item.references else None
        if other is not None and item.references is not None and other.key == (item.references[1],):
            yield ForeignKey(
                table=entity.table, columns=(item.name,), to=other.table, to_columns=other.key
            )


def _assignments(entity: Entity) -> Iterator[Assignment]:
    for tagged in entity.tags:
        yield Assignment(tag=tagged.tag, value=tagged.value)
    for item in entity.fields:
        for tagged in item.tags:
            yield Assignment(tag=tagged.tag, value=tagged.value, column=item.name)
        if item.pii is not None:
            yield Assignment(tag=entity.table.parent.child(PII), value=item.pii, column=item.name)


_UPDATED_AT: Final = Column(
    name=Identifier("UPDATED_AT"),
    type=TIMESTAMP,
    nullable=False,
    default=NOW,
    comment="When the row was last written",
)
_EMBEDDING_COLUMNS: Final = (
    Column(
        name=Identifier("CONTENT_HASH"),
        type="VARCHAR(64)",
        comment="Of the text that EMBEDDING was made of",
    ),
    Column(name=Identifier("EMBEDDED_AT"), type=TIMESTAMP, comment="When EMBEDDING was made"),
    Column(
        name=Identifier("SEARCH_TOKENS"),
        type="VARCHAR(16777216)",
        comment="Words of the text, a space around each",
    ),
    Column(
        name=Identifier("EMBEDDING_FAILURE"),
        type="VARIANT",
        comment="Hash, tries and error of a text that could not be embedded",
    ),
)


def _resource(entity: Entity, key: Key, spec: Any, *references: Key) -> Resource:
    owner = entity.parent or entity
    return Resource(key, spec, references, owner.protect, owner.at, owner.name)


def _stream(entity: Entity, purpose: str) -> Stream:
    return Stream(
        comment=purpose,
        on=Target("table", entity.table),
        show_initial_rows=True,
    )


def _task(entity: Entity) -> Task:
    assert entity.stream is not None
    return _running(
        entity,
        entity.stream,
        comment=f"Embeds changed rows of {entity.name}",
        embedding_version=version_of(entity),
        definition=task_sql(entity),
    )


def _cut_task(entity: Entity) -> Task:
    return _running(
        entity,
        cut_stream(entity),
        left_stream(entity),
        comment=f"Cuts changed rows of {entity.name} into chunks",
        embedding_version=cut_version(entity),
        embedding_of="chunks",
        definition=cut_sql(entity),
    )


def _running(entity: Entity, *streams: QualifiedName, **more: Any) -> Task:
    """A task that runs as the embedding of the entity says, when one of its streams has rows."""
    embedding = entity.embedding
    assert embedding is not None
    triggered = embedding.when == "triggered"
    return Task(
        embedding_table=entity.table,
        embedding_key=entity.key[0],
        warehouse=embedding.run_on,
        # A serverless triggered task must say how long it may take.
        target_completion_interval="10 MINUTES" if triggered and not embedding.run_on else "",
        schedule="" if triggered else embedding.when,
        when=" OR ".join(f"SYSTEM$STREAM_HAS_DATA({literal(item.sql)})" for item in streams),
        **more,
    )


def _system(name: Identifier) -> str:
    return name.text.removesuffix("_ID").removesuffix("_PAGE").replace("_", " ").title()
