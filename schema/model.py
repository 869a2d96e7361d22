"""The entity: what an analyst writes, bound to types. Its expansion to objects is `expand.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .errors import Position
from .names import Identifier, QualifiedName

if TYPE_CHECKING:
    from .kinds.cortex_search_service import VectorIndex
    from .kinds.semantic_view_spec import VerifiedQuery
    from .kinds.table_spec import RowAccess
    from .notion import Notion

EmbedFunction = Literal["ai_embed", "embed_text_768"]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag and its value."""

    tag: QualifiedName
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity; `type` is the Snowflake type, normalised (`VARCHAR(64)`)."""

    name: Identifier
    type: str
    required: bool = False
    description: str = ""
    references: tuple[str, Identifier] | None = None
    tags: tuple[Tagged, ...] = ()
    pii: str | None = None
    default: str | None = None
    renamed_from: Identifier | None = None
    masking_policy: QualifiedName | None = None

    @property
    def is_text(self) -> bool:
        return self.type.startswith("VARCHAR")


@dataclass(frozen=True, slots=True)
class Chunks:
    """How long fields of a row are cut; `chunks.py` makes the child table of it.

    Attributes:
        fields: Of texts.
        size: Characters of a chunk, at most.
        overlap: Characters that a chunk repeats of the one before, at most.
        by: `markdown` cuts at headings first, and keeps them.
    """

    fields: tuple[Identifier, ...]
    size: int = 1200
    overlap: int = 120
    by: Literal["text", "markdown"] = "text"


@dataclass(frozen=True, slots=True)
class Embedding:
    """How the vector of a row is made.

    Attributes:
        text: The template over fields, `{field}`.
        dimension: Of `model`; the type of the EMBEDDING column.
        prefix: Put before the text; part of the hash.
        run_on: Warehouse of the task; None: serverless.
        when: `triggered`, or a schedule (`5 MINUTES`, `USING CRON …`).
        batch_rows: At most so many rows are embedded in one run.
        max_characters: Text beyond is not sent to the model; by default what `model` reads.
        may_be_cut: The end of a longer text is left out on purpose.
        chunks: Fields whose parts are embedded one by one.
        unmasked: Roles that see what is derived of masked fields in the text.
    """

    text: str
    model: str = "e5-base-v2"
    dimension: int = 768
    function: EmbedFunction = "ai_embed"
    prefix: str = "passage: "
    run_on: QualifiedName | None = None
    when: str = "triggered"
    batch_rows: int = 1000
    max_characters: int = 2048
    may_be_cut: bool = False
    chunks: Chunks | None = None
    unmasked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decay:
    """What a new row is worth, and after how many days half of it.

    Attributes:
        field: A date or a timestamp.
    """

    field: Identifier
    half_life_days: int
    weight: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """What counts beside the words and the meaning of a row.

    Attributes:
        identifiers: Fields of which an exact value names a row, such as an e-mail address.
        boost: Fields with numbers, and what a great one is worth at most.
        decay: What newness is worth.
        weight: What a hit of the entity is worth beside one of another.
    """

    identifiers: tuple[Identifier, ...] = ()
    boost: tuple[tuple[Identifier, float], ...] = ()
    decay: Decay | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Search:
    """The Cortex Search service of an entity: over the text that is embedded, or over the columns
    of `text_indexes` and `vector_indexes`."""

    attributes: tuple[Identifier, ...]
    warehouse: QualifiedName
    target_lag: str
    model: str
    text_indexes: tuple[Identifier, ...] = ()
    vector_indexes: "tuple[VectorIndex, ...]" = ()
    refresh_mode: Literal["FULL", "INCREMENTAL"] | None = None
    auto_suspend: int | None = None
    ranking: Ranking = Ranking()
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a semantic view, `expression` over the fields of the entity."""

    name: Identifier
    expression: str
    synonyms: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Semantic:
    """The semantic view of an entity; empty `dimensions` and `facts` follow from the types.

    `filters` are conditions by name, `private` are facts and metrics that no query may name.
    """

    synonyms: tuple[str, ...] = ()
    dimensions: tuple[Identifier, ...] = ()
    facts: tuple[Identifier, ...] = ()
    field_synonyms: Mapping[Identifier, tuple[str, ...]] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    instructions: str = ""
    question_instructions: str = ""
    filters: Mapping[Identifier, str] = field(default_factory=dict)
    private: tuple[Identifier, ...] = ()
    verified_queries: "tuple[VerifiedQuery, ...]" = ()


@dataclass(frozen=True, slots=True)
class AclRule:
    """What a role sees: the rows in which each field has one of its values; a field that is an
    array, one of its values among others.

    Attributes:
        role: As it is called in the account.
    """

    role: str
    values: tuple[tuple[Identifier, tuple[str | int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Acl:
    """Which roles see which rows; roles inherit what the roles granted to them see.

    Attributes:
        all: Roles that see every row.
    """

    all: tuple[str, ...]
    rules: tuple[AclRule, ...]

    @property
    def fields(self) -> tuple[Identifier, ...]:
        """The fields that decide, in order."""
        return tuple(dict.fromkeys(name for rule in self.rules for name, _ in rule.values))


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity as declared, its names completed for a stack.

    Attributes:
        name: Its name in YAML, which is its table's.
        table: Full name of the table.
        stream, task, search_service, semantic_view: Full names of what it expands to, if it does.
        notion: The mapping to a Notion data source, for the sync.
        row_access: The policy on its table; that of `acl`, if it has one.
        renamed_from: The former name of its table.
        masked_by_tags: Fields that a tag with a masking policy masks; `masked_entities.py`.
        parent: The entity whose chunks this one holds; see `chunks.py`.
    """

    name: str
    table: QualifiedName
    key: tuple[Identifier, ...]
    fields: tuple[Field, ...]
    description: str = ""
    title: Identifier | None = None
    source_ids: tuple[Identifier, ...] = ()
    embedding: Embedding | None = None
    stream: QualifiedName | None = None
    task: QualifiedName | None = None
    search_service: QualifiedName | None = None
    semantic_view: QualifiedName | None = None
    search: Search | None = None
    semantic: Semantic | None = None
    notion: "Notion | None" = None
    cluster_by: tuple[str, ...] = ()
    transient: bool = False
    data_retention_days: int | None = None
    protect: bool = False
    renamed_from: QualifiedName | None = None
    tags: tuple[Tagged, ...] = ()
    row_access: "RowAccess | None" = None
    acl: Acl | None = None
    masked_by_tags: tuple[Identifier, ...] = ()
    parent: "Entity | None" = None
    at: Position | None = field(default=None, compare=False)

    def field_named(self, name: str) -> Field:
        """The field of that name, in any case; `KeyError` when there is none."""
        wanted = name.upper()
        for item in self.fields:
            if item.name.text == wanted:
                return item
        raise KeyError(name)
