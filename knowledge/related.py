"""What a row is connected to: references, recorded relationships and shared ids of other systems.

Connections are followed in both directions, level by level, one statement a level.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from .base import Base
from .columns import key_sql, title_sql
from .errors import KnowledgeMistakeError, require_text
from .keys import stored_key

# An entity with these fields holds recorded relationships.
_ENDS: Final = ("FROM_ENTITY", "FROM_KEY", "TO_ENTITY", "TO_KEY", "RELATIONSHIP_TYPE")
MOST_NODES = 200
_SAME: Final = "same "


class Node(NamedTuple):
    """A row: its entity's name and its key."""

    entity: str
    key: str


@dataclass(frozen=True)
class Link:
    """One connection.

    Attributes:
        start, end: The rows, in the direction in which it is stored.
        relation: Name of the field, of the relationship, or `same hubspot_id`.
        depth: Steps from the asked row to the nearer of the two, plus one.
    """

    start: Node
    relation: str
    end: Node
    depth: int


@dataclass
class Related:
    """A row and what it is connected to.

    Attributes:
        titles: Row -> title, the asked row first, then by distance.
        depth_of: Row -> steps from the asked row.
        links: By depth.
        complete: False when more than `MOST_NODES` rows are connected.
        left_out: Names of entities that the session may not read.
    """

    origin: Node
    titles: dict[Node, str] = field(default_factory=dict)
    depth_of: dict[Node, int] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    complete: bool = True
    left_out: tuple[str, ...] = ()


def related(base: Base, entity_name: str, key: str, depth: int = 2) -> Related:
    """Return what is connected to a row in at most `depth` steps.

    Raises:
        UnknownEntityError: No such entity.
        UnreadableError: The row's entity cannot be read.
        KnowledgeMistakeError: No such row.
    """
    require_text(key, "the key")
    entity = base.entity(entity_name)

    def work(readable: tuple[Entity, ...]) -> Related:
        if entity not in readable:
            raise base.access.unreadable((entity,))
        names = {item.name for item in readable}
        hidden = base.entities.keys() - names
        return _related(base.without(hidden), entity, key, depth)

    found, left_out = base.access.over(base.chosen(), work)
    found.left_out = left_out
    return found


def _related(base: Base, entity: Entity, key: str, depth: int) -> Related:
    origin = Node(entity.name, stored_key(base, entity, key) or key)
    found = Related(origin, depth_of={origin: 0})
    found.titles.update(_titles(base, [origin]))
    if origin not in found.titles:
        raise KnowledgeMistakeError(
            f"{entity.name} has no row with the key {key!r}",
            f"{entity.name} has no row with this key",
        )
    frontier = [origin]
    seen: set[tuple[Node, str, Node]] = set()
    for level in range(1, depth + 1):
        fresh: dict[Node, None] = {}
        for link in _links(base, frontier, level):
            if (link.start, link.relation, link.end) in seen:
                continue
            seen.add((link.start, link.relation, link.end))
            found.links.append(link)
            fresh.update({n: None for n in (link.start, link.end) if n not in found.depth_of})
        frontier = _admit(base, found, list(fresh), level)
        if not frontier:
            break
    known = found.titles
    found.links = [link for link in found.links if link.start in known and link.end in known]
    return found


def _admit(base: Base, found: Related, nodes: list[Node], level: int) -> list[Node]:
    """Take new rows in, as far as there is room; a reference to a row that is gone is left out."""
    room = MOST_NODES - len(found.titles)
    if len(nodes) > room:
        found.complete = False
    titles = _titles(base, sorted(nodes)[:room])
    found.titles.update(titles)
    found.depth_of.update(dict.fromkeys(titles, level))
    return list(titles)


def _links(base: Base, frontier: Sequence[Node], level: int) -> Iterator[Link]:
    statement = _Statement()
    for name, nodes in groupby(sorted(frontier), key=lambda node: node.entity):
        keys = [node.key for node in nodes]
        _references(statement, base, base.entity(name), keys)
        _recorded(statement, base, name, keys)
        _shared_ids(statement, base, base.entity(name), keys)
    for row in statement.run(base):
        start = Node(row["START_ENTITY"], row["START_KEY"])
        end = Node(row["END_ENTITY"], row["END_KEY"])
        if row["RELATION"].startswith(_SAME):  # without a direction: one link, not two
            start, end = sorted((start, end))
        yield Link(start, row["RELATION"], end, level)


class _Statement:
    """Parts of one UNION ALL, with their parameters in order."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._parameters: list[Any] = []

    def add(self, columns: Sequence[str], source: str, *parameters: Any) -> None:
        names = ("START_ENTITY", "START_KEY", "RELATION", "END_ENTITY", "END_KEY")
        chosen = ", ".join(f"{c} AS {n}" for c, n in zip(columns, names, strict=True))
        self._parts.append(f"SELECT {chosen}\nFROM {source}")
        self._parameters += parameters

    def run(self, base: Base) -> list[dict[str, Any]]:
        if not self._parts:
            return []
        names = "START_ENTITY, START_KEY, RELATION, END_ENTITY, END_KEY"
        sql = "\nUNION ALL\n".join(self._parts) + f"\nORDER BY {names}"
        return base.session.query(sql, self._parameters)


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)


def _references(statement: _Statement, base: Base, entity: Entity, keys: list[str]) -> None:
    """Fields of this entity that refer to others, and fields of others that refer to this one."""
    for other in base.entities.values():
        for item in other.fields:
            if item.references is None:
                continue
            target = base.entities.get(item.references[0])
            if target is None or entity.name not in (other.name, target.name):
                continue
            column = f"TO_VARCHAR(R.{item.name.sql})"
            columns = [
                literal(other.name),
                key_sql(other, "R"),
                literal(item.name.text.lower()),
                literal(target.name),
                column,
            ]
            sides = [key_sql(other, "R")] if other.name == entity.name else []
            sides += [column] if target.name == entity.name else []
            where = " OR ".join(f"{side} IN ({_marks(keys)})" for side in sides)
            source = f"{other.table.sql} AS R WHERE {column} IS NOT NULL AND ({where})"
            statement.add(columns, source, *(keys * len(sides)))


def _recorded(statement: _Statement, base: Base, name: str, keys: list[str]) -> None:
    """Rows of entities that hold relationships, with this row at either end."""
    for entity in base.entities.values():
        if not {item.name.text for item in entity.fields} >= set(_ENDS):
            continue
        # People write the name of an entity in any case, with blanks around it.
        start, end = "UPPER(TRIM(R.FROM_ENTITY))", "UPPER(TRIM(R.TO_ENTITY))"
        columns = [start, "R.FROM_KEY", "R.RELATIONSHIP_TYPE", end, "R.TO_KEY"]
        marks = _marks(keys)
        source = (
            f"{entity.table.sql} AS R WHERE ({start} = ? AND R.FROM_KEY IN ({marks}))"
            f" OR ({end} = ? AND R.TO_KEY IN ({marks}))"
        )
        statement.add(columns, source, name, *keys, name, *keys)


def _shared_ids(statement: _Statement, base: Base, entity: Entity, keys: list[str]) -> None:
    """Rows that bear the same id of another system."""
    mine = {item.text: item.sql for item in entity.source_ids}
    for other in base.entities.values():
        for item in other.source_ids:
            if item.text not in mine:
                continue
            columns = [
                literal(entity.name),
                key_sql(entity, "R"),
                literal(_SAME + item.text.lower()),
                literal(other.name),
                key_sql(other, "O"),
            ]
            different = (
                f" AND {key_sql(entity, 'R')} <> {key_sql(other, 'O')}"
                if other.name == entity.name
                else ""
            )
            source = (
                f"{entity.table.sql} AS R INNER JOIN {other.table.sql} AS O"
                f" ON R.{mine[item.text]} = O.{item.sql}"
                f" WHERE {key_sql(entity, 'R')} IN ({_marks(keys)}){different}"
            )
            statement.add(columns, source, *keys)


def _titles(base: Base, nodes: Sequence[Node]) -> dict[Node, str]:
    """Return the titles of those rows that exist, in the order given."""
    parts, parameters = [], []
    for name, group in groupby(sorted(nodes), key=lambda node: node.entity):
        entity = base.entities.get(name)
        if entity is None:
            continue
        keys = [node.key for node in group]
        parts.append(
            f"SELECT {literal(name)} AS ENTITY, {key_sql(entity, 'R')} AS ENTITY_KEY, "
            f"{title_sql(entity, 'R')} AS TITLE FROM {entity.table.sql} AS R "
            f"WHERE {key_sql(entity, 'R')} IN ({_marks(keys)})"
        )
        parameters += keys
    if not parts:
        return {}
    rows = base.session.query("\nUNION ALL\n".join(parts), parameters)
    titles = {Node(row["ENTITY"], row["ENTITY_KEY"]): str(row["TITLE"]) for row in rows}
    return {node: titles[node] for node in nodes if node in titles}
