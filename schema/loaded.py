"""What the files of a project hold, as it is read and before it is put together."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .context import Found
from .errors import Position, SchemaError
from .kinds.base import Key, KindT, Resource
from .model import Entity

# `ENTITY.field` as written, and where.
FieldReference = tuple[str, Position]


@dataclass(frozen=True, slots=True)
class Declared:
    """A definition as bound, before references are looked up.

    Attributes:
        found: References: kinds, name, whether it may be unknown, position.
        node: For positions of later mistakes.
    """

    kind: KindT
    name: str
    value: Any
    found: tuple[Found, ...]
    depends_on: tuple[str, ...]
    protect: bool
    at: Position
    field_references: tuple[FieldReference, ...] = ()


@dataclass(slots=True)
class Loaded:
    """What the files hold, gathered while they are read.

    `broken` definitions have mistakes of their own: what names them is not dangling; what they
    name (`loose`, and `loose_fields` of entities) may be. `partial` are those of them that can be
    checked for more. What stands in a file that is no YAML, `unparsed`, is not dangling either.
    """

    entities: dict[str, Entity] = field(default_factory=dict)
    entity_references: dict[str, Declared] = field(default_factory=dict)
    declared: dict[Key, Declared] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    broken: dict[Key, Resource] = field(default_factory=dict)
    loose: list[Found] = field(default_factory=list)
    loose_fields: list[tuple[str, FieldReference]] = field(default_factory=list)
    partial: list[tuple[Resource, frozenset[str]]] = field(default_factory=list)
    unparsed: list[str] = field(default_factory=list)
    late: list[Declared] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)
    left_out: dict[Key, Resource] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    errors: list[SchemaError] = field(default_factory=list)
