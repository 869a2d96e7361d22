"""What an entity is used for beside its rows: search and semantic view, read and checked."""

from typing import Final, cast

import yaml

from .context import Context
from .entity_yaml import SYSTEM_COLUMNS, EntityYaml, SearchYaml
from .model import Decay, Ranking, Search, Semantic
from .names import Identifier
from .nodes import Node
from .sql.tokens import tokens
from .suggest import did_you_mean

_MOST_WEIGHT: Final = 10


def child(node: Node, key: str) -> Node:
    """The node of a key, for its position; the node itself when the key is absent."""
    for key_node, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key_node.value == key:
            return cast("Node", value)
    return node


def read_search(declared: EntityYaml, node: Node, context: Context) -> Search | None:
    search = declared.search
    if search is None:
        return None
    where = child(node, "search")
    of_columns = bool(search.text_indexes or search.vector_indexes)
    if declared.embedding is None and not of_columns:
        context.error(where, "search: needs the text of embedding:", "add embedding: {text: …}")
        return None
    warehouse = search.warehouse or (declared.embedding.run_on if declared.embedding else None)
    if warehouse is None:
        context.error(where, "a search service needs a warehouse", "add search: {warehouse: NAME}")
        return None
    names = {*declared.fields, *declared.source_ids}
    vectors = [item.column for item in search.vector_indexes]
    made = {Identifier("EMBEDDING")} if declared.embedding else set()
    for key, columns, known in (
        ("attributes", search.attributes, names),
        ("text_indexes", search.text_indexes, names),
        ("vector_indexes", vectors, names | made),
    ):
        for column in columns:
            if column not in known:
                remedy = did_you_mean(column.text.lower(), (name.text.lower() for name in known))
                message = f"{column} of {key} is not a field"
                context.error(child(where, key), message, remedy or "declare it")
    return Search(
        search.attributes,
        warehouse,
        search.target_lag,
        search.model,
        search.text_indexes,
        search.vector_indexes,
        search.refresh_mode,
        search.auto_suspend,
        _ranking(search, declared, where, context),
        search.reader.sql if search.reader else None,
    )


def _ranking(search: SearchYaml, declared: EntityYaml, where: Node, context: Context) -> Ranking:
    """What counts beside words and meaning; each field must be there and of a type that fits."""
    decay = [search.decay.field] if search.decay else []
    for key, columns, types, wanted in (
        ("identifiers", search.identifiers, ("VARCHAR",), "text"),
        ("boost", tuple(search.boost), ("NUMBER", "FLOAT"), "numbers"),
        ("decay", tuple(decay), ("DATE", "TIMESTAMP"), "dates or timestamps"),
    ):
        for column in columns:
            held = declared.fields.get(column)
            # Every entity has the time of the last change.
            if column.text == "UPDATED_AT" and key == "decay":
                continue
            if held is None or not held.type.startswith(types):
                problem = f"{column} of {key} is not a field with {wanted}"
                context.error(child(where, key), problem, "name one that is declared")
    found = search.decay
    weights = [search.weight, *search.boost.values(), *([found.weight] if found else [])]
    if not all(0 <= weight <= _MOST_WEIGHT for weight in weights):
        problem = f"a weight is a number from 0 to {_MOST_WEIGHT}"
        context.error(where, problem, "1 is as much as the meaning")
    return Ranking(
        search.identifiers,
        tuple(search.boost.items()),
        Decay(found.field, found.half_life_days, found.weight) if found else None,
        search.weight,
    )


def _check_metrics(declared: EntityYaml, node: Node, context: Context) -> None:
    """`ENTITY.NAME` in a metric or a filter is a column of the entity, or another metric."""
    assert declared.semantic is not None
    made = SYSTEM_COLUMNS if declared.embedding else SYSTEM_COLUMNS[:1]
    known = {name.text for name in (*declared.fields, *declared.source_ids)} | set(made)
    known |= {metric.name.text for metric in declared.semantic.metrics}
    metrics = [("metrics", item.name, item.expression) for item in declared.semantic.metrics]
    filters = [("filters", *pair) for pair in declared.semantic.filters.items()]
    for key, own, expression in (*metrics, *filters):
        for group, token in tokens(expression):
            entity, dot, name = token.partition(".")
            if group != "name" or not dot or entity.strip().upper() != declared.entity.text:
                continue
            column = name.strip().strip('"')
            if column not in known and column.upper() not in known:
                written = child(child(node, key), own.text.lower())
                remedy = did_you_mean(column.lower(), (item.lower() for item in known))
                message = f"{column} in the {key.removesuffix('s')} {own} is not a field"
                context.error(written, message, remedy or "declare it")


def read_semantic(declared: EntityYaml, node: Node, context: Context) -> Semantic | None:
    semantic = declared.semantic
    if semantic is None:
        return None
    for column in (*semantic.dimensions, *semantic.facts, *semantic.field_synonyms):
        if column not in declared.fields:
            known = (name.text.lower() for name in declared.fields)
            remedy = did_you_mean(column.text.lower(), known) or "declare it"
            context.error(child(node, "semantic"), f"{column} is not a field", remedy)
    _check_metrics(declared, child(node, "semantic"), context)
    hideable = {*declared.fields, *(metric.name for metric in semantic.metrics)}
    for name in semantic.private:
        if name not in hideable or name in semantic.dimensions:
            problem = f"{name} of private is neither a fact nor a metric"
            context.error(child(child(node, "semantic"), "private"), problem, "name one of them")
    return Semantic(
        semantic.synonyms,
        semantic.dimensions,
        semantic.facts,
        semantic.field_synonyms,
        semantic.metrics,
        semantic.instructions,
        semantic.question_instructions,
        semantic.filters,
        semantic.private,
        semantic.verified_queries,
    )
