"""Sequences: https://docs.snowflake.com/en/sql-reference/sql/create-sequence"""

from dataclasses import dataclass, field

from ..names import Sql
from ..values import Payload, Row
from .base import Spec
from .common import SchemaObject
from .properties import COMMENT, Property, truth, whole, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Spec):
    """`start` counts at creation only."""

    start: int = field(default=1, compare=False)
    increment: int = 1
    ordered: bool = True


class SequenceKind(SchemaObject[Sequence]):
    name = "sequence"
    plural = "sequences"
    privileges = ("USAGE",)
    spec_type = Sequence
    order = 30
    drop_class = "loss"
    show = "SEQUENCES"
    properties = (Property("increment", "INCREMENT"), COMMENT)

    def read_row(self, row: Row) -> Sequence:
        return Sequence(
            comment=words(row.get("comment")),
            increment=whole(row.get("interval")) or 1,
            ordered=truth(row.get("ordered", "Y")),
        )

    def body(self, name: str, spec: Sequence) -> Payload:
        order = Sql("ORDER" if spec.ordered else "NOORDER")
        return {
            "start": spec.start,
            "increment": spec.increment,
            "order": order,
            "comment": spec.comment,
        }
