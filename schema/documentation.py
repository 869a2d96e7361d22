"""What the documentation page of a project shows, as plain values. The template only lays out."""

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from .diagram import LINEAGE, graph_of, opening, svg
from .kinds.base import Key
from .kinds.grant import Grant
from .model import Entity, Field
from .state import Desired

BOX_WIDTH, LINE, HEAD, GAP_X, GAP_Y, PER_ROW = 210, 18, 30, 80, 40, 4


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
        "entity_svg": entity_diagram(entities),
        "lineage_svg": svg(graph_of(desired, LINEAGE)),
    }


def entity_diagram(entities: Iterable[Entity]) -> str:
    """Entities with their keys and references, an arrow for each reference to another entity."""
    shown = {entity.name: entity for entity in entities}
    places: dict[str, tuple[int, int]] = {}
    x = y = tallest = 20
    for number, (name, entity) in enumerate(shown.items()):
        if number and number % PER_ROW == 0:
            x, y, tallest = 20, y + tallest + GAP_Y, 0
        places[name] = (x, y)
        x += BOX_WIDTH + GAP_X
        tallest = max(tallest, _height(entity))
    width = max((px for px, _ in places.values()), default=0) + BOX_WIDTH + GAP_X
    height = max((places[n][1] + _height(e) for n, e in shown.items()), default=0) + 20
    parts = [opening(width, height)]
    for name, entity in shown.items():
        for row, item in enumerate(_linked(entity)):
            target = item.references[0] if item.references else ""
            if target in places and target != name:
                parts.append(_arrow(places[name], row, places[target]))
    for name, entity in shown.items():
        parts += _box(entity, places[name])
    return "\n".join([*parts, "</svg>"])


def _linked(entity: Entity) -> list[Field]:
    """Fields that are drawn: keys, then references."""
    keys = [item for item in entity.fields if item.name in entity.key]
    return [*keys, *(f for f in entity.fields if f.references and f.name not in entity.key)]


def _height(entity: Entity) -> int:
    return HEAD + LINE * len(_linked(entity)) + 10


def _arrow(start: tuple[int, int], row: int, end: tuple[int, int]) -> str:
    y1 = start[1] + HEAD + LINE * row + 9
    forward = end[0] > start[0]
    x1 = start[0] + (BOX_WIDTH if forward else 0)
    x2 = end[0] + (0 if forward else BOX_WIDTH)
    y2 = end[1] + HEAD // 2
    if end[0] == start[0]:
        x1 = x2 = start[0] + BOX_WIDTH
        return _curve(x1, y1, x1 + 60, x2 + 60, x2, y2)
    bend = 55 if forward else -55
    return _curve(x1, y1, x1 + bend, x2 - bend, x2, y2)


def _curve(x1: int, y1: int, c1: int, c2: int, x2: int, y2: int) -> str:
    return (
        f'<path d="M{x1} {y1} C{c1} {y1} {c2} {y2} {x2} {y2}" fill="none" stroke="#889" '
        'marker-end="url(#arrow)"/>'
    )


def _box(entity: Entity, place: tuple[int, int]) -> list[str]:
    x, y = place
    head = (
        f'<g><title>{escape(entity.description or entity.name)}</title><rect x="{x}" y="{y}" '
        f'width="{BOX_WIDTH}" height="{_height(entity)}" rx="6" fill="#fff" stroke="#2f6f9f"/>'
        f'<text x="{x + 10}" y="{y + 20}" font-weight="600" fill="#2f6f9f">'
        f"{escape(entity.name)}</text>"
    )
    lines = [head]
    for row, item in enumerate(_linked(entity)):
        mark = "key " if item.name in entity.key else "→ "
        lines.append(
            f'<text x="{x + 10}" y="{y + HEAD + LINE * row + 13}" fill="#1c2430">'
            f'<tspan fill="#7a8494">{mark}</tspan>{escape(item.name.text.lower())}</text>'
        )
    return [*lines, "</g>"]


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
        },
        "objects": [str(key) for key, r in desired.resources.items() if r.entity == entity.name],
        "used_by": [str(key) for key in _users(Key("table", entity.table.sql), desired)],
    }


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
