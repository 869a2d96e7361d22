"""Objects that nobody has to declare: `pii:` of a field brings its tag."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from .entity_yaml import PII
from .kinds.base import Key, Resource, Resources
from .kinds.tag import Tag

if TYPE_CHECKING:
    from .loaded import Loaded
    from .model import Entity


def implied_tags(
    loaded: "Loaded", resources: Resources, external: Collection[str]
) -> dict[Key, Resource]:
    """The tag PII of each schema whose entities name personal data and that declares none.

    A tag that is declared, left out on this stack, or looked after by others is left as it is.
    """
    known = {*resources, *loaded.left_out, *loaded.broken}
    others = {text.strip().partition(" ")[2].upper() for text in external}
    found: dict[Key, Resource] = {}
    for entity, key in _wanted(loaded):
        if key not in known and not {key.name, key.name.partition(".")[2]} & others:
            spec = Tag(comment="Class of personal data")
            found.setdefault(key, Resource(key, spec, (), False, entity.at, entity.name))
    return found


def _wanted(loaded: "Loaded") -> "Iterator[tuple[Entity, Key]]":
    for entity in loaded.entities.values():
        if any(item.pii is not None for item in entity.fields):
            yield entity, Key("tag", entity.table.parent.child(PII).sql)
