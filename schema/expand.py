"""What an entity stands for: table, stream, task, search service and semantic view."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from .embedding import task_sql, text_sql, version_of
from .entity_yaml import PII
from .kinds.annotations import Target
from .kinds.base import Key, Resource
from .kinds.cortex_search_service import DEFAULT_MODEL, CortexSearchService
from .kinds.foreign_key import ForeignKey, foreign_key_name, foreign_key_references
from .kinds.stream import Stream
from .kinds.table_spec import Assignment, Column, Masking, Table
from .kinds.task_spec import Task
from .model import Entity
from .names import Identifier, QualifiedName, Sql, literal
from .semantics import semantic_view_of

SOURCE_ID_TYPE: Final = "VARCHAR(128)"
TIMESTAMP: Final = "TIMESTAMP_LTZ(9)"
NOW: Final = "CURRENT_TIMESTAMP()"
SEARCH_TEXT: Final = Identifier("SEARCH_TEXT")
SEARCH_UPDATED_MS: Final = Identifier("SEARCH_UPDATED_MS")


def expand(entity: Entity, entities: Mapping[str, Entity]) -> Iterator[Resource]:
    """The objects that an entity stands for.

    Args:
        entities: All entities by name: a semantic view joins those that a field refers to.
    """
    schema = Key("schema", entity.table.parent.sql)
    table = Key("table", entity.table.sql)
    yield _resource(entity, table, table_of(entity), schema)
    for foreign in foreign_keys_of(entity, entities):
        key = Key("foreign_key", foreign_key_name(foreign))
        yield _resource(entity, key, foreign, *foreign_key_references(foreign))
    if entity.semantic_view is not None:
        view = semantic_view_of(entity, entities)
        tables = [item.on.key for item in view.tables]
        yield _resource(
            entity, Key("semantic_view", entity.semantic_view.sql), view, schema, *tables
        )
    if entity.search is not None and entity.search_service is not None:
        warehouse = Key("warehouse", entity.search.warehouse.sql)
        key = Key("cortex_search_service", entity.search_service.sql)
        yield _resource(entity, key, _search_service(entity), schema, table, warehouse)
    if entity.embedding is None or entity.stream is None or entity.task is None:
        return
    stream = Key("stream", entity.stream.sql)
    yield _resource(entity, stream, _stream(entity), schema, table)
    task = _task(entity)
    on = [Key("warehouse", task.warehouse.sql)] if task.warehouse else []
    yield _resource(entity, Key("task", entity.task.sql), task, schema, table, stream, *on)


def expanded_keys(table: QualifiedName, written: Container[str]) -> Iterator[Key]:
    """What an entity of that table and with those keys in YAML would stand for, by its names."""
    name, schema = table.last.text, table.parent
    yield Key("table", table.sql)
    if "embedding" in written:
        yield Key("stream", schema.child(f"{name}_EMBED_STREAM").sql)
        yield Key("task", schema.child(f"{name}_EMBED_TASK").sql)
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
        primary_key=entity.key,
        cluster_by=entity.cluster_by,
        transient=entity.transient,
        data_retention_days=entity.data_retention_days,
        change_tracking=True,
        tags=tuple(_assignments(entity)),
        masking=tuple(
            Masking(column=item.name, policy=item.masking_policy)
            for item in entity.fields
            if item.masking_policy is not None
        ),
        row_access=entity.row_access,
    )


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


def search_attributes(entity: Entity) -> tuple[Identifier, ...]:
    """Columns that the search service filters on: keys, ids and titles also find a row that was
    named, without a warehouse."""
    search = entity.search
    assert search is not None
    title = [entity.title] if entity.title is not None else []
    return tuple(dict.fromkeys((*entity.key, *title, *entity.source_ids, *search.attributes)))


def _search_service(entity: Entity) -> CortexSearchService:
    """Indexes the rendered text, or the columns that are named; what a hit tells about its row
    comes back with it."""
    search = entity.search
    assert search is not None
    indexed = (*search.text_indexes, *(item.column for item in search.vector_indexes))
    attributes = tuple(column for column in search_attributes(entity) if column not in indexed)
    text = () if indexed else (f"{text_sql(entity)} AS {SEARCH_TEXT}",)
    columns = (*text, *(column.sql for column in dict.fromkeys((*indexed, *attributes))))
    # A number: a text of it would follow the session's time zone, and could not be kept in step.
    changed = f"DATE_PART(EPOCH_MILLISECOND, {_UPDATED_AT.name.sql}) AS {SEARCH_UPDATED_MS}"
    return CortexSearchService(
        comment=f"Search over {entity.name}",
        on=None if indexed else SEARCH_TEXT,
        text_indexes=search.text_indexes,
        vector_indexes=search.vector_indexes,
        attributes=attributes,
        warehouse=search.warehouse,
        target_lag=search.target_lag,
        embedding_model=DEFAULT_MODEL if indexed else search.model,
        refresh_mode=search.refresh_mode,
        auto_suspend=search.auto_suspend,
        query=Sql(f"SELECT {', '.join(columns)}, {changed}\nFROM {entity.table}"),
    )


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
    return Resource(key, spec, references, entity.protect, entity.at, entity.name)


def _stream(entity: Entity) -> Stream:
    return Stream(
        comment=f"Changed rows of {entity.name}, for its embedding task alone",
        on=Target("table", entity.table),
        show_initial_rows=True,
    )


def _task(entity: Entity) -> Task:
    embedding = entity.embedding
    assert embedding is not None
    assert entity.stream is not None
    triggered = embedding.when == "triggered"
    return Task(
        comment=f"Embeds changed rows of {entity.name}",
        embedding_version=version_of(entity),
        embedding_table=entity.table,
        embedding_key=entity.key[0],
        definition=task_sql(entity),
        warehouse=embedding.run_on,
        # A serverless triggered task must say how long it may take.
        target_completion_interval="10 MINUTES" if triggered and not embedding.run_on else "",
        schedule="" if triggered else embedding.when,
        when=f"SYSTEM$STREAM_HAS_DATA({literal(entity.stream.sql)})",
    )


def _system(name: Identifier) -> str:
    return name.text.removesuffix("_ID").removesuffix("_PAGE").replace("_", " ").title()
