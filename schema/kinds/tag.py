"""Tags: https://docs.snowflake.com/en/sql-reference/sql/create-tag"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from ..stack import Stack
from ..values import Payload, Row, Value
from .base import Change, Mistake, Spec
from .common import SchemaObject
from .properties import COMMENT, alteration, words

MAX_VALUE = 256
MAX_VALUES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Spec):
    """Without `allowed_values` any text is a value."""

    allowed_values: tuple[str, ...] = ()


class TagKind(SchemaObject[Tag]):
    name = "tag"
    privileges = ("APPLY", "READ")
    spec_type = Tag
    checks_apart = True
    order = 29
    drop_class = "loss"
    show = "TAGS"
    properties = (COMMENT,)

    def left_out(self, spec: Tag, stack: Stack) -> str:
        return "tags need edition enterprise" if stack.edition == "standard" else ""

    def check(self, name: str, spec: Tag, stack: Stack) -> Iterator[Mistake]:
        if len(spec.allowed_values) > MAX_VALUES:
            message = f"{len(spec.allowed_values)} allowed values"
            yield Mistake("allowed_values", message, f"use at most {MAX_VALUES}")
        for value in spec.allowed_values:
            if len(value) > MAX_VALUE:
                message = f"the value {value[:20]}… has {len(value)} characters"
                yield Mistake("allowed_values", message,
                              f"use at most {MAX_VALUE}")  # fmt: skip

    def normalise(self, spec: Tag) -> Tag:
        return Tag(comment=spec.comment, allowed_values=tuple(sorted(spec.allowed_values)))

    def read_row(self, row: Row) -> Tag:
        shown = words(row.get("allowed_values"))
        values = json.loads(shown) if shown.startswith("[") else []
        return Tag(comment=words(row.get("comment")), allowed_values=tuple(sorted(values)))

    def body(self, name: str, spec: Tag) -> Payload:
        return {"allowed_values": list(spec.allowed_values)}

    def difference(self, name: str, desired: Tag, actual: Tag) -> Iterator[Change]:
        added: list[Value] = [v for v in desired.allowed_values if v not in actual.allowed_values]
        removed: list[Value] = [v for v in actual.allowed_values if v not in desired.allowed_values]
        if not desired.allowed_values and removed:
            yield Change("unset_values", "any value is allowed")
        elif added or removed:
            reason = f"allowed values: {len(added)} added, {len(removed)} removed"
            yield Change("set_values", reason, {"added": added, "removed": removed})
        yield from alteration(desired, actual, self.properties)
