"""The semantic view of an entity: its fields, its metrics, and the entities that it refers to."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from .kinds.annotations import Target
from .kinds.semantic_view_spec import Expression, LogicalTable, Relationship, SemanticView
from .model import Entity, Field
from .names import Identifier, Sql

_MEASURES = ("NUMBER", "FLOAT")
_NO_DIMENSION = ("VARIANT", "ARRAY", "OBJECT", "BINARY", "VECTOR", "GEOGRAPHY", "GEOMETRY")


def semantic_view_of(entity: Entity, entities: Mapping[str, Entity]) -> SemanticView:
    """The view that Cortex Analyst reads: one logical table for the entity and one for each
    field that refers to another entity's key, under the field's name."""
    semantic = entity.semantic
    assert semantic is not None
    own = Identifier(entity.name)
    joined = list(_joined(entity, entities))
    tables = [
        LogicalTable(
            name=own,
            on=Target("table", entity.table),
            primary_key=entity.key,
            synonyms=semantic.synonyms,
            comment=entity.description,
        ),
        *(
            LogicalTable(
                name=alias,
                on=Target("table", other.table),
                primary_key=other.key,
                comment=f"{item.description or item.name.text} of {entity.name}",
            )
            for alias, item, other in joined
        ),
    ]
    dimensions = [
        *(_expression(own, item, entity) for item in _dimensions(entity)),
        *(
            Expression(name=name, table=own, expression=condition, filter=True)
            for name, condition in semantic.filters.items()
        ),
        *(
            Expression(
                name=Identifier(f"{alias.text}_{title.name.text}"),
                table=alias,
                expression=Sql(f"{alias}.{title.name}"),
                comment=title.description,
            )
            for alias, _, other in joined
            for title in _title(other)
        ),
    ]
    metrics = [
        Expression(
            name=Identifier(f"{entity.name}_COUNT"),
            table=own,
            expression=Sql(f"COUNT({own}.{entity.key[0]})"),
            comment=f"Number of rows of {entity.name}",
        ),
        *(
            Expression(
                name=metric.name,
                table=own,
                expression=metric.expression,
                synonyms=metric.synonyms,
                comment=metric.description,
                private=metric.name in semantic.private,
            )
            for metric in semantic.metrics
        ),
    ]
    return SemanticView(
        comment=entity.description,
        tables=tuple(tables),
        relationships=tuple(
            Relationship(
                name=Identifier(f"{entity.name}_{alias.text}"),
                table=own,
                columns=(item.name,),
                to=alias,
            )
            for alias, item, _ in joined
        ),
        facts=tuple(
            replace(_expression(own, item, entity), private=item.name in semantic.private)
            for item in _facts(entity)
        ),
        dimensions=tuple(dimensions),
        metrics=tuple(metrics),
        instructions=semantic.instructions,
        question_instructions=semantic.question_instructions,
        verified_queries=semantic.verified_queries,
    )


def _joined(
    entity: Entity, entities: Mapping[str, Entity]
) -> Iterator[tuple[Identifier, Field, Entity]]:
    for item in entity.fields:
        other = entities.get(item.references[0]) if item.references else None
        if other is None or item.references is None or other.key != (item.references[1],):
            continue
        alias = item.name.text.removesuffix("_ID")
        if alias != entity.name:
            yield Identifier(alias), item, other


def _dimensions(entity: Entity) -> list[Field]:
    semantic = entity.semantic
    assert semantic is not None
    if semantic.dimensions:
        return [item for item in entity.fields if item.name in semantic.dimensions]
    facts = {item.name for item in _facts(entity)}
    return [
        item
        for item in entity.fields
        if item.name not in facts and not item.type.startswith(_NO_DIMENSION)
    ]


def _facts(entity: Entity) -> list[Field]:
    semantic = entity.semantic
    assert semantic is not None
    if semantic.facts:
        return [item for item in entity.fields if item.name in semantic.facts]
    wanted = {*semantic.dimensions, *entity.key}
    return [
        item
        for item in entity.fields
        if item.type.startswith(_MEASURES) and item.name not in wanted
    ]


def _expression(table: Identifier, item: Field, entity: Entity) -> Expression:
    semantic = entity.semantic
    assert semantic is not None
    return Expression(
        name=item.name,
        table=table,
        expression=Sql(f"{table}.{item.name}"),
        synonyms=semantic.field_synonyms.get(item.name, ()),
        comment=item.description,
    )


def _title(entity: Entity) -> Iterator[Field]:
    for item in entity.fields:
        if item.name == entity.title:
            yield item
