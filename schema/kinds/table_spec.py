"""What a table is made of. Not a kind: the values of `table.py`."""

from dataclasses import dataclass, field
from typing import Annotated

from ..names import Identifier, QualifiedName
from ..resource import Spec
from .annotations import Range, Ref, SqlText, SqlType


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Numbers that the account gives, `start`, `start + increment` …; with gaps where it is not
    `ordered`."""

    start: int = 1
    increment: int = 1
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `default` is an SQL expression; `renamed_from` keeps the data of a rename.
    `autoincrement` and `collate` count at creation, and are not managed while absent."""

    name: Identifier
    type: Annotated[str, SqlType()]
    nullable: bool = True
    default: Annotated[str, SqlText("expression")] | None = None
    autoincrement: Identity | None = None
    collate: str = ""
    comment: str = ""
    renamed_from: Identifier | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAccess:
    """A row access policy and the columns that it is given."""

    policy: Annotated[QualifiedName, Ref("row_access_policy")]
    on: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A tag on the table, or on a column of it."""

    tag: Annotated[QualifiedName, Ref("tag")]
    value: str
    column: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """A masking policy on a column."""

    column: Identifier
    policy: Annotated[QualifiedName, Ref("masking_policy")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Spec):
    """`renamed_from` is a former name: the table is renamed, or moved from another schema.

    Tags and policies are read back where the account tells them (a query for each table with
    tags, and for each policy), and else compared with what was applied last. `unique` keys are not
    enforced; queries are planned by them."""

    columns: tuple[Column, ...]
    renamed_from: Annotated[QualifiedName, Ref("table", external=True)] | None = field(
        default=None, compare=False
    )
    primary_key: tuple[Identifier, ...] = ()
    unique: tuple[tuple[Identifier, ...], ...] = field(default=(), metadata={"readable": False})
    cluster_by: tuple[Annotated[str, SqlText("expression")], ...] = ()
    transient: bool = False
    data_retention_days: Annotated[int, Range(0, 90)] | None = None
    max_data_extension_days: Annotated[int, Range(0, 90)] | None = field(
        default=None, metadata={"readable": False}
    )
    change_tracking: bool = False
    tags: tuple[Assignment, ...] = field(default=(), metadata={"readable": False})
    masking: tuple[Masking, ...] = field(default=(), metadata={"readable": False})
    row_access: RowAccess | None = field(default=None, metadata={"readable": False})
