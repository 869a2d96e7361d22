"""Entities: read, checked, and given the names of what they expand to (`expand.py`)."""

from .acl import masked_in_text, row_access_of
from .acl_yaml import acl_mistakes, acl_of
from .binding import bind_partly
from .chunk_rules import mistakes as chunk_mistakes
from .chunks import chunks_in, chunks_of
from .context import Context
from .embedding import MODELS, template_parts
from .entity_uses import child, read_search, read_semantic
from .entity_yaml import SYSTEM_COLUMNS, ChunksYaml, EmbeddingYaml, EntityYaml, FieldYaml
from .errors import SchemaError
from .kinds.task import SCHEDULE, SCHEDULES
from .model import Chunks, Embedding, Entity, Field
from .names import Identifier, QualifiedName
from .nodes import Node
from .notion import mistakes
from .suggest import did_you_mean, one_of


def read_entity(node: Node, context: Context) -> Entity | None:
    """Bind an entity and check it; None when it has mistakes, which are in the context."""
    before = len(context.errors)
    declared, failed = bind_partly(EntityYaml, node, context, skip=frozenset({"enabled"}))
    if declared is None or context.database is None:
        return None
    if failed:
        # Its other mistakes are wanted too; what a failed part would have said is not guessed.
        _check_rest(declared, failed, node, context)
        return None
    fields = tuple(_field(name, item) for name, item in declared.fields.items())
    table = QualifiedName((context.database, declared.schema, declared.entity))
    embedding = None
    if declared.embedding is not None:
        where = child(node, "embedding")
        embedding = _embedding(declared.embedding, where, fields, context)
        _check_chunks(declared, where, fields, context)
    _check_columns(declared, node, context)
    if declared.notion is not None:
        _check_notion(declared, fields, node, context)
    _check_acl(declared, fields, node, context)
    search, semantic = read_search(declared, node, context), read_semantic(declared, node, context)
    if len(context.errors) > before:
        return None
    name = declared.entity.text
    acl = None
    if declared.acl is not None:
        acl = acl_of(declared.acl, {item.name: item for item in fields})
    entity = Entity(
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
        search_service=table.parent.child(f"{name}_SEARCH") if declared.search else None,
        semantic_view=table.parent.child(f"{name}_SEMANTIC") if declared.semantic else None,
        search=search,
        semantic=semantic,
        notion=declared.notion,
        cluster_by=declared.cluster_by,
        transient=declared.transient,
        data_retention_days=declared.data_retention_days,
        protect=declared.protect,
        renamed_from=declared.renamed_from,
        tags=declared.tags,
        row_access=row_access_of(acl, table) if acl is not None else declared.row_access,
        acl=acl,
        at=context.at(node),
    )
    _check_masked(entity, node, context)
    return entity if len(context.errors) == before else None


def _check_rest(declared: EntityYaml, failed: frozenset[str], node: Node, context: Context) -> None:
    fields = tuple(_field(name, item) for name, item in declared.fields.items())
    if declared.embedding is not None and declared.embedding.text:
        _embedding(declared.embedding, child(node, "embedding"), fields, context)
    if not fields:
        return
    _check_columns(declared, node, context)
    if declared.notion is not None and not failed & {"fields", "notion"}:
        _check_notion(declared, fields, node, context)
    misspelt = any(key not in EntityYaml.__dataclass_fields__ for key in failed)
    if not misspelt and not failed & {"embedding", "search"}:
        read_search(declared, node, context)
    if "semantic" not in failed:
        read_semantic(declared, node, context)


def _check_notion(
    declared: EntityYaml, fields: tuple[Field, ...], node: Node, context: Context
) -> None:
    assert declared.notion is not None
    types = {item.name: item.type for item in fields}
    for message, remedy in mistakes(declared.notion, types, declared.key):
        context.error(child(node, "notion"), f"notion: {message}", remedy)


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
    elif declared.when != "triggered" and not SCHEDULE.fullmatch(declared.when):
        problem = ("when", f"{declared.when!r} is not a schedule", f"write triggered, {SCHEDULES}")
    if problem is None:
        try:
            template_parts(declared.text, {item.name.text: item for item in fields})
        except SchemaError as error:
            problem = ("text", error.message, error.remedy)
    if problem is not None or model is None:
        assert problem is not None
        context.error(child(node, problem[0]), problem[1], problem[2])
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
        max_characters=declared.max_characters or model.characters,
        may_be_cut=0 < (declared.max_characters or 0) <= model.characters,
        chunks=_chunks(declared.chunks) if declared.chunks is not None else None,
        unmasked=tuple(role.last.text for role in declared.unmasked),
    )


def _chunks(declared: ChunksYaml) -> Chunks:
    return Chunks(declared.fields, declared.size, declared.overlap, declared.by)


def _check_chunks(
    declared: EntityYaml, where: Node, fields: tuple[Field, ...], context: Context
) -> None:
    assert declared.embedding is not None
    by_name = {item.name: item for item in fields}
    for problem in chunk_mistakes(declared.embedding, declared.key, by_name):
        at = child(child(where, "chunks"), problem.key)
        context.error(at, problem.message, problem.remedy)
    search = declared.search
    if declared.embedding.chunks is None or search is None:
        return
    if search.text_indexes or search.vector_indexes:
        context.error(
            child(where, "chunks"),
            "a search service over named columns does not search chunks",
            "remove text_indexes and vector_indexes of search:, or chunks:",
        )


def _check_acl(
    declared: EntityYaml, fields: tuple[Field, ...], node: Node, context: Context
) -> None:
    if declared.acl is None:
        return
    where = child(node, "acl")
    if declared.row_access is not None:
        context.error(where, "acl: makes the row access policy of the table", "remove row_access")
    for problem in acl_mistakes(declared.acl, {item.name: item for item in fields}):
        context.error(child(where, problem.key), problem.message, problem.remedy)


def _check_masked(entity: Entity, node: Node, context: Context) -> None:
    """What is made of a masked text shows it, unless it is masked too."""
    masked = [item.name.text.lower() for item in masked_in_text(entity)]
    child_of = chunks_of(entity)
    if child_of is not None and masked_in_text(child_of):
        cut = (*chunks_in(entity).fields, entity.title)
        held = [item for item in entity.fields if item.masking_policy is not None]
        masked += [item.name.text.lower() for item in held if item.name in cut]
    if entity.embedding is None or entity.embedding.unmasked or not masked:
        return
    context.error(
        child(node, "embedding"),
        f"{masked[0]} has a masking policy, but what is made of the text (SEARCH_TOKENS, "
        "EMBEDDING, hashes) shows it to every reader",
        "add unmasked: [ROLE], the roles that may see it (and the one that owns the tasks), or "
        "leave it out of the text",
    )


def _check_columns(declared: EntityYaml, node: Node, context: Context) -> None:
    names = set(declared.fields)
    for column in declared.key:
        if column not in names:
            remedy = did_you_mean(column.text.lower(), (n.text.lower() for n in names))
            context.error(
                child(node, "key"), f"the key {column} is not a field", remedy or "declare it"
            )
    if declared.title is not None and declared.title not in names:
        remedy = did_you_mean(declared.title.text.lower(), (n.text.lower() for n in names))
        context.error(
            child(node, "title"),
            f"the title {declared.title} is not a field",
            remedy or "declare it",
        )
    for name, item in declared.fields.items():
        if item.renamed_from in names:
            written = child(node, "fields")
            own = next((v for k, v in written.value if str(k.value).upper() == name.text), written)
            context.error(
                child(own, "renamed_from"),
                f"{name} is renamed from {item.renamed_from}, which is still declared",
                "remove renamed_from, or the old field",
            )
        if name.text in SYSTEM_COLUMNS:
            context.error(
                child(node, "fields"),
                f"the field {name} has the name of a column that every entity gets",
                "rename it",
            )
    for name in declared.source_ids:
        if name in names or declared.source_ids.count(name) > 1:
            context.error(
                child(node, "source_ids"), f"the source id {name} comes twice", "keep one"
            )
