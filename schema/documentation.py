"""What the documentation page of a project shows, as plain values. The template only lays out."""

from collections.abc import Iterable
from typing import Any

from .diagram import LINEAGE, around, graph_of, svg
from .entity_diagram import entity_diagram
from .kinds.base import Key
from .kinds.grant_spec import Grant
from .model import Entity, Field
from .names import QualifiedName
from .state import Desired

_LINK = "#entity-"


def documentation(desired: Desired) -> dict[str, Any]:
    """Values for `templates/report/schema.html.j2`; the two `*_svg` are markup already."""
    counts: dict[str, int] = {}
    for key in desired.resources:
        counts[key.kind] = counts.get(key.kind, 0) + 1
    entities = list(desired.entities.values())
    return {
        "project": desired.project,
        "stack": desired.stack,
        "notes": list(desired.notes),
        "counts": [{"kind": k.replace("_", " "), "count": n} for k, n in sorted(counts.items())],
        "entities": [_entity(entity, desired) for entity in entities],
        "objects": [
            {
                "kind": key.kind.replace("_", " "),
                "name": key.name,
                "comment": resource.spec.comment,
                "entity": resource.entity or "",
            }
            for key, resource in desired.resources.items()
            if key.kind != "grant"
        ],
        "roles": _roles(desired),
        "entity_svg": entity_diagram(entities, _LINK),
        "lineage_svg": svg(graph_of(desired, LINEAGE), "Lineage, entities folded", _LINK),
        "all_svg": svg(graph_of(desired, LINEAGE, unfolded=True), "Lineage of every object"),
    }


def _entity(entity: Entity, desired: Desired) -> dict[str, Any]:
    embedding = entity.embedding
    return {
        "name": entity.name,
        "table": entity.table.sql,
        "description": entity.description,
        "fields": [_field(item, entity) for item in entity.fields],
        "source_ids": [item.text.lower() for item in entity.source_ids],
        "embedding": None
        if embedding is None
        else {
            "text": embedding.text,
            "model": f"{embedding.model} ({embedding.dimension} dimensions, {embedding.function})",
            "prefix": embedding.prefix,
            "runs": f"{embedding.when}, on {embedding.run_on or 'serverless compute'}",
            "chunks": _chunks(entity),
        },
        "lineage_svg": svg(around(desired, entity.name), f"Lineage of {entity.name}"),
        "objects": _by_kind(key for key, r in desired.resources.items() if r.entity == entity.name),
        "used_by": _by_kind(_users(Key("table", entity.table.sql), desired)),
    }


def _chunks(entity: Entity) -> str:
    """How long fields are cut; "" when none is."""
    chunks = entity.embedding.chunks if entity.embedding is not None else None
    if chunks is None:
        return ""
    fields = ", ".join(name.text.lower() for name in chunks.fields)
    return (
        f"{fields} cut by {chunks.by} into {entity.name}_CHUNKS, up to {chunks.size:,} characters "
        f"each, {chunks.overlap:,} of them repeated"
    )


def _field(item: Field, entity: Entity) -> dict[str, Any]:
    reference = f"{item.references[0]}.{item.references[1].text.lower()}" if item.references else ""
    return {
        "name": item.name.text.lower(),
        "type": item.type,
        "key": item.name in entity.key,
        "required": item.required or item.name in entity.key,
        "reference": reference,
        "entity": item.references[0] if item.references else "",
        "pii": item.pii or "",
        "description": item.description,
    }


def _by_kind(keys: Iterable[Key]) -> list[dict[str, Any]]:
    """Names of objects, without database and schema, together with others of their kind."""
    found: dict[str, list[str]] = {}
    for key in keys:
        if key.kind not in ("grant", "foreign_key"):
            name = QualifiedName.parse(key.name).last.text
            found.setdefault(key.kind.replace("_", " "), []).append(name)
    return [{"kind": kind, "names": names} for kind, names in found.items()]


def _users(key: Key, desired: Desired) -> list[Key]:
    """What is made of an object, directly or not: views, search services, semantic views."""
    found: dict[Key, None] = {}
    for other, resource in desired.resources.items():  # in dependency order
        if other.kind in ("grant", "foreign_key", "stream", "task"):
            continue
        if key in resource.references or not found.keys().isdisjoint(resource.references):
            found[other] = None
    return list(found)


def _roles(desired: Desired) -> list[dict[str, Any]]:
    rows: dict[str, list[dict[str, str]]] = {}
    for resource in desired.resources.values():
        spec = resource.spec
        if isinstance(spec, Grant):
            on = (
                f"future {spec.future.lower()} in {spec.on}"
                if spec.future
                else spec.on or "account"
            )
            row = {
                "kind": spec.on_kind.replace("_", " "),
                "on": on,
                "privileges": ", ".join(spec.privileges),
            }
            rows.setdefault(spec.grantee.name.sql, []).append(row)
    return [{"name": name, "grants": grants} for name, grants in sorted(rows.items())]
