"""Vectors of an earlier embedder of a local stack, which cannot be compared with new ones."""

from collections.abc import Iterable

from hushflake.deploy.stacks import earlier_vectors
from hushflake.schema.model import Entity

from .base import Base


def rows_of_earlier(base: Base, entities: Iterable[Entity]) -> dict[str, int]:
    """Return entity -> rows whose vectors an earlier embedder made; none where there are none."""
    held = earlier_vectors(base.project, base.stack)
    found = {e.name: held.get(".".join(p.text for p in e.table.parts), 0) for e in entities}
    return {name: rows for name, rows in found.items() if rows}


def let_wait(base: Base, names: Iterable[str]) -> None:
    """Make the rows of entities wait for a new vector, as after a change of their text."""
    for name in names:
        table = base.entity(name).table.sql
        base.session.execute(f"UPDATE {table} SET CONTENT_HASH = NULL WHERE EMBEDDING IS NOT NULL")
