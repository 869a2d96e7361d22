"""The tables and views of a database that a role may see."""

from collections.abc import Iterator

from ...engine.catalogue import Object
from ...sessions.session import Session


def relations(session: Session, database: Object) -> Iterator[tuple[Object, tuple[str, ...]]]:
    """Yield tables, dynamic tables and views with their paths."""
    yield from schema_objects(session, database, ("TABLE", "DYNAMIC TABLE", "VIEW"))


def schema_objects(
    session: Session, database: Object, kinds: tuple[str, ...]
) -> Iterator[tuple[Object, tuple[str, ...]]]:
    """Yield the objects of these kinds with their paths."""
    for schema in session.names.visible(session.engine.catalogue.children(database.id, "SCHEMA")):
        held = [item for item in session.engine.catalogue.children(schema.id) if item.kind in kinds]
        own = [item for kind in kinds for item in session.temporary.children([schema], kind)]
        for item in session.names.visible([*held, *own]):
            yield item, (database.name, schema.name, item.name)
