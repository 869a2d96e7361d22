"""The tables and views of a database that a role may see."""

from collections.abc import Iterator

from ..catalogue import Object
from ..session import Session


def relations(session: Session, database: Object) -> Iterator[tuple[Object, tuple[str, ...]]]:
    """Yield tables, dynamic tables and views with their paths."""
    yield from schema_objects(session, database, ("TABLE", "DYNAMIC TABLE", "VIEW"))


def schema_objects(
    session: Session, database: Object, kinds: tuple[str, ...]
) -> Iterator[tuple[Object, tuple[str, ...]]]:
    """Yield the objects of these kinds with their paths."""
    visible = session.privileges.visible_ids(session.roles)
    for schema in session.engine.catalogue.children(database.id, "SCHEMA"):
        for item in session.engine.catalogue.children(schema.id):
            if item.kind in kinds and (item.id in visible or session.may_see(item)):
                yield item, (database.name, schema.name, item.name)
