"""What YAML may hold of an entity: each dataclass is one mapping of the format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import yaml

from .acl_yaml import AclYaml
from .binding import converter
from .context import Context, FailedError
from .kinds.annotations import Range, Ref, SqlText, SqlType
from .kinds.cortex_search_service import DEFAULT_MODEL, VectorIndex
from .kinds.semantic_view_spec import VerifiedQuery
from .kinds.table_spec import RowAccess
from .model import Metric, Tagged
from .names import Identifier, QualifiedName
from .nodes import Node
from .notion import Notion

# Columns that every entity gets beside its fields.
SYSTEM_COLUMNS: Final = (
    "UPDATED_AT", "EMBEDDING", "CONTENT_HASH", "EMBEDDED_AT", "SEARCH_TOKENS", "EMBEDDING_FAILURE",
)  # fmt: skip
PII: Final = Identifier("PII")
_TAG: Final = converter(Annotated[QualifiedName, Ref("tag")])


def read_tags(node: Node, context: Context) -> tuple[Tagged, ...]:
    """`{SCHEMA.TAG: value}`."""
    if not isinstance(node, yaml.MappingNode):
        raise context.fail(node, "tags are a mapping", "write {SCHEMA.TAG: value}")
    return tuple(Tagged(_TAG(key, context), context.text(value)) for key, value in node.value)


def _pii(node: Node, context: Context) -> str:
    """The class of personal data: a value of the tag PII in the schema of the entity, which is
    made when nobody declares it (`implied.py`)."""
    # Where the schema is a mistake, there is no tag to speak of.
    if context.database is not None and context.schema is not None:
        tag = QualifiedName((context.database, context.schema, PII))
        context.found.append((("tag",), tag.sql, True, context.at(node)))
    return context.text(node)


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
    tags: tuple[Tagged, ...] = field(default=(), metadata={"convert": read_tags})
    pii: str | None = field(default=None, metadata={"convert": _pii})
    default: Annotated[str, SqlText("expression")] | None = None
    renamed_from: Identifier | None = None
    masking_policy: Annotated[QualifiedName, Ref("masking_policy")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunksYaml:
    """Long fields, cut and embedded part by part."""

    fields: tuple[Identifier, ...]
    size: Annotated[int, Range(50, 100_000)] = 1200
    overlap: Annotated[int, Range(0, 50_000)] = 120
    by: Literal["text", "markdown"] = "text"


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
    max_characters: Annotated[int, Range(1, 1_000_000)] | None = None
    chunks: ChunksYaml | None = None
    unmasked: tuple[Annotated[QualifiedName, Ref("role")], ...] = ()


def _read_fields(node: Node, context: Context) -> dict[Identifier, FieldYaml]:
    return _FIELDS(_expand_short_fields(node), context)  # type: ignore[no-any-return]


def _expand_short_fields(node: Node) -> Node:
    """`name: string(64)` is `name: {type: string(64)}`."""
    if not isinstance(node, yaml.MappingNode):
        return node
    pairs = [
        (key, value if isinstance(value, yaml.MappingNode) else _only(value, "type"))
        for key, value in node.value
    ]
    return yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark)


def _only(value: Node, name: str) -> Node:
    key = yaml.ScalarNode("", name, value.start_mark, value.end_mark)
    return yaml.MappingNode("", [(key, value)], value.start_mark, value.end_mark)


_FIELDS: Final = converter(dict[Identifier, FieldYaml])


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchYaml:
    """A Cortex Search service over the rendered text; `attributes` can be filtered on. With
    `text_indexes` and `vector_indexes` it indexes these fields instead."""

    attributes: tuple[Identifier, ...] = ()
    warehouse: Annotated[QualifiedName, Ref("warehouse")] | None = None
    target_lag: str = "1 hour"
    model: str = DEFAULT_MODEL
    text_indexes: tuple[Identifier, ...] = ()
    vector_indexes: tuple[VectorIndex, ...] = ()
    refresh_mode: Literal["FULL", "INCREMENTAL"] | None = None
    auto_suspend: Annotated[int, Range(1800, 31_536_000)] | None = None
    identifiers: tuple[Identifier, ...] = ()
    boost: Mapping[Identifier, float] = field(default_factory=dict)
    decay: "DecayYaml | None" = None
    weight: float = 1.0
    reader: Annotated[QualifiedName, Ref("role", external=True)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayYaml:
    """Newer rows come first: `weight` at age zero, half of it after `half_life_days`."""

    field: Identifier
    half_life_days: Annotated[int, Range(1, 36_500)]
    weight: float = 0.1


def _read_metrics(node: Node, context: Context) -> tuple[Metric, ...]:
    """`{name: expression}`, or `{name: {expression, synonyms, description}}`."""
    if not isinstance(node, yaml.MappingNode):
        raise context.fail(node, "metrics are a mapping", "write {total: SUM(field)}")
    pairs = [
        (key, value if isinstance(value, yaml.MappingNode) else _only(value, "expression"))
        for key, value in node.value
    ]
    try:
        return _metrics(_METRICS(yaml.MappingNode("", pairs, *_marks(node)), context))
    except FailedError as error:
        raise FailedError(_metrics(error.partial or {})) from None


def _marks(node: Node) -> tuple[Any, Any]:
    return node.start_mark, node.end_mark


def _metrics(found: "Mapping[Identifier, MetricYaml]") -> tuple[Metric, ...]:
    return tuple(
        Metric(name, item.expression, item.synonyms, item.description)
        for name, item in found.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricYaml:
    """A metric of a semantic view."""

    expression: Annotated[str, SqlText("expression")]
    synonyms: tuple[str, ...] = ()
    description: str = ""


_METRICS: Final = converter(dict[Identifier, MetricYaml])
_SYNONYMS: Final = converter(dict[Identifier, tuple[str, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticYaml:
    """A semantic view. Without `dimensions` every field that is no number is one. `filters` are
    conditions by name; `private` are facts and metrics that no query may name."""

    synonyms: tuple[str, ...] = ()
    dimensions: tuple[Identifier, ...] = ()
    facts: tuple[Identifier, ...] = ()
    field_synonyms: Mapping[Identifier, tuple[str, ...]] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = field(default=(), metadata={"convert": _read_metrics})
    filters: Mapping[Identifier, Annotated[str, SqlText("expression")]] = field(
        default_factory=dict
    )
    private: tuple[Identifier, ...] = ()
    instructions: str = ""
    question_instructions: str = ""
    verified_queries: tuple[VerifiedQuery, ...] = ()


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
    search: SearchYaml | None = None
    semantic: SemanticYaml | None = None
    notion: Notion | None = None
    tags: tuple[Tagged, ...] = field(default=(), metadata={"convert": read_tags})
    cluster_by: tuple[Annotated[str, SqlText("expression")], ...] = ()
    transient: bool = False
    data_retention_days: Annotated[int, Range(0, 90)] | None = None
    protect: bool = False
    renamed_from: Annotated[QualifiedName, Ref("table", external=True)] | None = None
    row_access: RowAccess | None = None
    acl: AclYaml | None = None
