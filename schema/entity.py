"""Entities: what YAML may hold, and what an entity expands to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, cast

import yaml

from .binding import Context, bind, converter
from .embedding import MODELS, task_sql, template_parts
from .errors import SchemaError
from .kinds.base import Key, Range, Ref, Resource, SqlText, SqlType, Target
from .kinds.stream import Stream
from .kinds.table import Column, Table
from .kinds.task import Task
from .model import Embedding, Entity, Field
from .names import Identifier, QualifiedName
from .nodes import Node
from .suggest import did_you_mean, one_of

SYSTEM_COLUMNS: Final = ("UPDATED_AT", "EMBEDDING", "CONTENT_HASH", "EMBEDDED_AT", "SEARCH_TOKENS")
SOURCE_ID_TYPE: Final = "VARCHAR(128)"
TIMESTAMP: Final = "TIMESTAMP_LTZ(9)"
NOW: Final = "CURRENT_TIMESTAMP()"


def _field_reference(node: Node, context: Context) -> str:
    text = context.text(node)
    if text.count(".") != 1 or not all(text.split(".")):
        context.error(node, f"{text!r} is not a reference", "write ENTITY.field")
    context.field_references.append((text, context.at(node)))
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldYaml:
    """A field of an entity: its type, or a mapping of these keys."""

    type: Annotated[str, SqlType()]
    required: bool = False
    description: str = ""
    references: str | None = field(default=None, metadata={"convert": _field_reference})
    tags: Mapping[str, str] = field(default_factory=dict)
    pii: str | None = None
    default: Annotated[str, SqlText()] | None = None
    renamed_from: Identifier | None = None
    masking_policy: Annotated[QualifiedName, Ref("masking_policy")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingYaml:
    """How the vector of a row is made."""

    text: str
    model: str = "e5-base-v2"
    dimension: Annotated[int, Range(1, 4096)] | None = None
    function: Literal["ai_embed", "embed_text_768"] = "ai_embed"
    prefix: str = "passage: "
    run_on: Annotated[QualifiedName, Ref("warehouse")] | None = None
    when: str = "triggered"
    batch_rows: Annotated[int, Range(1, 1_000_000)] = 1000
    max_characters: Annotated[int, Range(1, 1_000_000)] = 4000


def _read_fields(node: Node, context: Context) -> dict[Identifier, FieldYaml]:
    return _FIELDS(_expand_short_fields(node), context)  # type: ignore[no-any-return]


def _expand_short_fields(node: Node) -> Node:
    """`name: string(64)` is `name: {type: string(64)}`."""
    if not isinstance(node, yaml.MappingNode):
        return node
    pairs = [
        (key, value if isinstance(value, yaml.MappingNode) else _type_only(value))
        for key, value in node.value
    ]
    return yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark)


def _type_only(value: Node) -> Node:
    key = yaml.ScalarNode("", "type", value.start_mark, value.end_mark)
    return yaml.MappingNode("", [(key, value)], value.start_mark, value.end_mark)


_FIELDS: Final = converter(dict[Identifier, FieldYaml])


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityYaml:
    """An entity: what an analyst describes once."""

    entity: Identifier
    schema: Identifier
    key: tuple[Identifier, ...]
    fields: Mapping[Identifier, FieldYaml] = field(metadata={"convert": _read_fields})
    description: str = ""
    title: Identifier | None = None
    source_ids: tuple[Identifier, ...] = ()
    embedding: EmbeddingYaml | None = None
    search: Any = None
    semantic: Any = None
    notion: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)
    cluster_by: tuple[str, ...] = ()
    transient: bool = False
    data_retention_days: Annotated[int, Range(0, 90)] | None = None
    protect: bool = False


def read_entity(node: Node, context: Context) -> Entity | None:
    """Bind an entity and check it; None when it has mistakes, which are in the context."""
    before = len(context.errors)
    declared = bind(EntityYaml, node, context, skip=frozenset({"enabled"}))
    if declared is None or context.database is None:
        return None
    fields = tuple(_field(name, item) for name, item in declared.fields.items())
    table = QualifiedName((context.database, declared.schema, declared.entity))
    embedding = None
    if declared.embedding is not None:
        embedding = _embedding(declared.embedding, _child(node, "embedding"), fields, context)
    _check_columns(declared, node, context)
    if len(context.errors) > before:
        return None
    name = declared.entity.text
    return Entity(
        name=name,
        table=table,
        key=declared.key,
        fields=fields,
        description=declared.description,
        title=declared.title,
        source_ids=declared.source_ids,
        embedding=embedding,
        stream=table.parent.child(f"{name}_EMBED_STREAM") if embedding else None,
        task=table.parent.child(f"{name}_EMBED_TASK") if embedding else None,
        search=declared.search or {},
        semantic=declared.semantic or {},
        notion=declared.notion,
        cluster_by=declared.cluster_by,
        transient=declared.transient,
        data_retention_days=declared.data_retention_days,
        protect=declared.protect,
        at=context.at(node),
    )


def expand(entity: Entity) -> Iterator[Resource]:
    """The objects that an entity stands for, without those that refer to other entities."""
    schema = Key("schema", entity.table.parent.sql)
    table = Key("table", entity.table.sql)
    yield _resource(entity, table, table_of(entity), schema)
    if entity.embedding is None or entity.stream is None or entity.task is None:
        return
    stream = Key("stream", entity.stream.sql)
    yield _resource(entity, stream, _stream(entity), schema, table)
    task = _task(entity)
    on = [Key("warehouse", task.warehouse.sql)] if task.warehouse else []
    yield _resource(entity, Key("task", entity.task.sql), task, schema, table, stream, *on)


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
    from .names import literal

    triggered = embedding.when == "triggered"
    return Task(
        comment=f"Embeds changed rows of {entity.name}",
        definition=task_sql(entity),
        warehouse=embedding.run_on,
        # A serverless triggered task must say how long it may take.
        target_completion_interval="10 MINUTES" if triggered and not embedding.run_on else "",
        schedule="" if triggered else embedding.when,
        when=f"SYSTEM$STREAM_HAS_DATA({literal(entity.stream.sql)})",
    )


def _field(name: Identifier, item: FieldYaml) -> Field:
    references = None
    if item.references is not None:
        entity, _, column = item.references.partition(".")
        references = (entity.strip().upper(), Identifier(column.strip().upper()))
    return Field(
        name=name,
        type=item.type,
        required=item.required,
        description=item.description,
        references=references,
        tags=item.tags,
        pii=item.pii,
        default=item.default,
        renamed_from=item.renamed_from,
        masking_policy=item.masking_policy,
    )


def _embedding(
    declared: EmbeddingYaml, node: Node, fields: tuple[Field, ...], context: Context
) -> Embedding | None:
    model = MODELS.get(declared.model)
    dimension = declared.dimension or (model.dimension if model else 0)
    problem: tuple[str, str, str] | None = None
    if model is None:
        problem = (
            "model",
            f"the model {declared.model!r} is not known",
            one_of(declared.model, MODELS),
        )
    elif dimension != model.dimension:
        problem = (
            "dimension",
            f"the dimension {dimension} is not the {model.dimension} of {declared.model}",
            f"write {model.dimension}, or leave it out",
        )
    elif declared.function not in model.functions:
        problem = (
            "function",
            f"{declared.function} does not serve {declared.model}",
            "use ai_embed",
        )
    if problem is None:
        try:
            template_parts(declared.text, {item.name.text: item for item in fields})
        except SchemaError as error:
            problem = ("text", error.message, error.remedy)
    if problem is not None:
        context.error(_child(node, problem[0]), problem[1], problem[2])
        return None
    return Embedding(
        text=declared.text,
        model=declared.model,
        dimension=dimension,
        function=declared.function,
        prefix=declared.prefix,
        run_on=declared.run_on,
        when=declared.when,
        batch_rows=declared.batch_rows,
        max_characters=declared.max_characters,
    )


def _check_columns(declared: EntityYaml, node: Node, context: Context) -> None:
    names = set(declared.fields)
    for column in declared.key:
        if column not in names:
            remedy = did_you_mean(column.text.lower(), (n.text.lower() for n in names))
            context.error(
                _child(node, "key"), f"the key {column} is not a field", remedy or "declare it"
            )
    if declared.title is not None and declared.title not in names:
        context.error(
            _child(node, "title"), f"the title {declared.title} is not a field", "declare it"
        )
    for name in declared.fields:
        if name.text in SYSTEM_COLUMNS:
            context.error(
                _child(node, "fields"),
                f"the field {name} has the name of a column that every entity gets",
                "rename it",
            )
    for name in declared.source_ids:
        if name in names or declared.source_ids.count(name) > 1:
            context.error(
                _child(node, "source_ids"), f"the source id {name} comes twice", "keep one"
            )


def _child(node: Node, key: str) -> Node:
    """The node of a key, for its position; the node itself when the key is absent."""
    for key_node, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key_node.value == key:
            return cast("Node", value)
    return node


def _system(name: Identifier) -> str:
    return name.text.removesuffix("_ID").removesuffix("_PAGE").replace("_", " ").title()
