"""What the documentation page of a project shows, as plain values. The template only lays out."""

from collections.abc import Iterable
from typing import Any, Final

from .diagram import LINEAGE, Graph, Surroundings, graph_of, svg
from .drawing import stylesheet
from .entity_diagram import entity_diagram
from .kinds.base import Key
from .kinds.grant_spec import Grant
from .model import Entity, Field
from .names import QualifiedName
from .state import Desired

_LINK: Final = "#entity-"
_MOST_BOXES: Final = 250
"""A picture of more boxes shows nothing to an eye, and costs seconds to draw and to open."""


def documentation(desired: Desired) -> dict[str, Any]:
    """Values for `templates/report/schema.html.j2`; `style` and `*_svg` are markup already."""
    counts: dict[str, int] = {}
    for key in desired.resources:
        counts[key.kind] = counts.get(key.kind, 0) + 1
    entities = list(desired.entities.values())
    drawn = entities if len(entities) <= _MOST_BOXES else ()
    about = _About(desired)
    return {
        "project": desired.project,
        "stack": desired.stack,
        "notes": list(desired.notes),
        "counts": [{"kind": k.replace("_", " "), "count": n} for k, n in sorted(counts.items())],
        "entities": [_entity(entity, about) for entity in entities],
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
        "style": stylesheet(),
        "entity_svg": entity_diagram(drawn, _LINK, styled=False) if drawn else "",
        "lineage_svg": _picture(graph_of(desired, LINEAGE), "Lineage, entities folded", _LINK),
        "all_svg": _picture(graph_of(desired, LINEAGE, unfolded=True), "Lineage of every object"),
    }


def _picture(graph: Graph, title: str, links: str = "") -> str:
    """A drawing; "" where it would have too many boxes."""
    is_drawn = len(graph.nodes) <= _MOST_BOXES
    return svg(graph, title, links, styled=False) if is_drawn else ""


class _About:
    """What belongs to an entity, and what is made of it, found once for all of them."""

    def __init__(self, desired: Desired) -> None:
        self.surroundings = Surroundings(desired)
        self.objects: dict[str, list[Key]] = {}
        self._rank = {key: number for number, key in enumerate(desired.resources)}
        self._made_of: dict[Key, list[Key]] = {}
        for key, resource in desired.resources.items():
            if resource.entity:
                self.objects.setdefault(resource.entity, []).append(key)
            if key.kind not in ("grant", "foreign_key", "stream", "task"):
                for reference in set(resource.references):
                    self._made_of.setdefault(reference, []).append(key)

    def users(self, key: Key) -> list[Key]:
        """What is made of an object, directly or not: views, search services, semantic views."""
        found: set[Key] = set()
        waiting = [key]
        while waiting:
            more = [user for user in self._made_of.get(waiting.pop(), ()) if user not in found]
            found.update(more)
            waiting += more
        return sorted(found, key=self._rank.__getitem__)


def _entity(entity: Entity, about: _About) -> dict[str, Any]:
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
        "lineage_svg": _picture(about.surroundings.of(entity.name), f"Lineage of {entity.name}"),
        "objects": _by_kind(about.objects.get(entity.name, ())),
        "used_by": _by_kind(about.users(Key("table", entity.table.sql))),
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
