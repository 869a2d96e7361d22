"""What statements take and give back: bound values, columns and rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .types import DataType

# Numbers of statement types, as the connector reports and partly interprets them.
SELECT, INSERT, UPDATE, DELETE, MERGE = 0x1000, 0x3100, 0x3200, 0x3300, 0x3400
MULTI, COPY, DDL, SHOW, USE, OTHER = 0xA000, 0x3700, 0x6000, 0x1000, 0x4300, 0x4000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result."""

    name: str
    type: DataType
    nullable: bool = True


@dataclass(slots=True)
class Result:
    """What a statement gives back; rows hold Python values.

    Attributes:
        is_query: Whether the rows are those of a query, which clients may ask for as Arrow.
    """

    columns: list[Column]
    rows: Sequence[Sequence[Any]]
    statement_type: int = SELECT
    query_id: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    is_query: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A bound value or, for an array binding, one value a row.

    Attributes:
        type: DuckDB's type for it.
        value: As the connector sent it: text, null, or a list of them.
    """

    type: str
    value: Any

    @property
    def is_array(self) -> bool:
        """Whether it holds one value a row."""
        return isinstance(self.value, list)
