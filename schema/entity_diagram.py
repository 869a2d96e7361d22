"""Entities with their keys and references: a line from each reference to what it refers to."""

from collections.abc import Iterable
from typing import Final

from .drawing import box, clipped, line, picture, text, text_width
from .layout import Line, Point, Size, arrange
from .model import Entity, Field

_HEAD, _ROW, _FOOT = 30.0, 18.0, 8.0
_MARK: Final = 30.0
_MOST_LETTERS: Final = 32


def entity_diagram(entities: Iterable[Entity], links: str = "", *, styled: bool = True) -> str:
    """Return the drawing.

    Args:
        entities: What is drawn; references to others are left out.
        links: Where entities lead: the beginning of a link, such as `#entity-`.
        styled: As of `picture`.
    """
    shown = {entity.name: entity for entity in entities}
    sizes = {name: _size(entity) for name, entity in shown.items()}
    lines = [
        Line(name, item.references[0], port=_middle(row), entry=_HEAD / 2)
        for name, entity in shown.items()
        for row, item in enumerate(_linked(entity))
        if item.references and item.references[0] in shown
    ]
    found = arrange(sizes, lines)
    parts = [line(route) for route in found.routes]
    for name, corner in found.corners.items():
        entity = shown[name]
        inner = [
            text(Point(corner.x + 10, corner.y + 20), clipped(name, _MOST_LETTERS), "name a0"),
            *_rows(entity, corner),
        ]
        tip = entity.description or name
        parts.append(box(corner, sizes[name], 0, inner, tip, f"{links}{name}" if links else ""))
    return picture(found.size, "Entities and what they refer to", parts, styled=styled)


def _rows(entity: Entity, corner: Point) -> Iterable[str]:
    for row, item in enumerate(_linked(entity)):
        y = corner.y + _middle(row) + 4
        mark = "key" if item.name in entity.key else "→"
        yield text(Point(corner.x + 10, y), mark, "soft")
        yield text(Point(corner.x + 10 + _MARK, y), _name(item))


def _linked(entity: Entity) -> list[Field]:
    """Return the fields that are drawn: keys, then references."""
    keys = [item for item in entity.fields if item.name in entity.key]
    return [*keys, *(f for f in entity.fields if f.references and f.name not in entity.key)]


def _size(entity: Entity) -> Size:
    linked = _linked(entity)
    names = [text_width(clipped(entity.name, _MOST_LETTERS), bold=True)]
    names += [_MARK + text_width(_name(item)) for item in linked]
    return Size(max([120.0, *names]) + 22, _HEAD + _ROW * len(linked) + _FOOT)


def _middle(row: int) -> float:
    return _HEAD + _ROW * row + _ROW / 2


def _name(item: Field) -> str:
    return clipped(item.name.text.lower(), _MOST_LETTERS)
