"""Tags: https://docs.snowflake.com/en/sql-reference/sql/create-tag"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from ..names import QualifiedName, literal
from ..stack import Stack
from ..values import Payload, Row, Value
from .annotations import Ref
from .base import Change, Mistake, Operations, Resource, Resources, Spec
from .common import SchemaObject
from .properties import COMMENT, alteration, words
from .table_spec import Table
from .tag_masking import two_of_a_type, unreadable_columns, without_replaced

MAX_VALUE = 256
MAX_VALUES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Spec):
    """Without `allowed_values` any text is a value. `masking_policies`, one per data type, mask
    each column of their type that bears the tag, by itself or by its table, schema or database.
    They are read back for tags that are declared with some, where the account shows them."""

    allowed_values: tuple[str, ...] = ()
    masking_policies: tuple[Annotated[QualifiedName, Ref("masking_policy")], ...] = field(
        default=(), metadata={"readable": False}
    )


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
        return replace(
            spec,
            allowed_values=tuple(sorted(spec.allowed_values)),
            masking_policies=tuple(sorted(set(spec.masking_policies))),
        )

    def check_together(self, resources: Resources) -> Iterator[tuple[Resource, Mistake]]:
        for resource in resources.values():
            if isinstance(resource.spec, Tag):
                doubled = two_of_a_type(resource.spec.masking_policies, resources)
                yield from ((resource, item) for item in doubled)
            elif isinstance(resource.spec, Table) and resource.spec.tags:
                found = unreadable_columns(resource.spec, resources)
                yield from ((resource, item) for item in found)

    def needs_own_query(self, spec: Tag) -> bool:
        return bool(spec.masking_policies)

    def own_query(self, name: str) -> str:
        database = QualifiedName.parse(name).parts[0]
        return (
            f"SELECT * FROM TABLE({database}.INFORMATION_SCHEMA.POLICY_REFERENCES("
            f"REF_ENTITY_NAME => {literal(name)}, REF_ENTITY_DOMAIN => 'TAG'))"
        )

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        """https://docs.snowflake.com/en/sql-reference/functions/policy_references"""
        policies = {
            QualifiedName.of(found["policy_db"], found["policy_schema"], found["policy_name"])
            for found in rows
            if words(found.get("policy_kind")) == "MASKING_POLICY"
        }
        return {"masking_policies": tuple(sorted(policies))}

    def read_row(self, row: Row) -> Tag:
        shown = words(row.get("allowed_values"))
        values = json.loads(shown) if shown.startswith("[") else []
        return Tag(comment=words(row.get("comment")), allowed_values=tuple(sorted(values)))

    def body(self, name: str, spec: Tag) -> Payload:
        return {
            "allowed_values": list(spec.allowed_values),
            "masking_policies": [policy.sql for policy in spec.masking_policies],
        }

    def drop(self, name: str, spec: Tag) -> Payload:
        return {"masking_policies": [policy.sql for policy in spec.masking_policies]}

    def difference(self, name: str, desired: Tag, actual: Tag) -> Iterator[Change]:
        added: list[Value] = [v for v in desired.allowed_values if v not in actual.allowed_values]
        removed: list[Value] = [v for v in actual.allowed_values if v not in desired.allowed_values]
        if not desired.allowed_values and removed:
            yield Change("unset_values", "any value is allowed")
        elif added or removed:
            reason = f"allowed values: {len(added)} added, {len(removed)} removed"
            yield Change("set_values", reason, {"added": added, "removed": removed})
        come: list[Value] = [
            p.sql for p in desired.masking_policies if p not in actual.masking_policies
        ]
        go: list[Value] = [
            p.sql for p in actual.masking_policies if p not in desired.masking_policies
        ]
        if come or go:
            reason = f"masking policies: {len(come)} added, {len(go)} removed"
            yield Change("set_policies", reason, {"set": come, "unset": go})
        yield from alteration(desired, actual, self.properties)

    def arrange(self, operations: Operations, desired: Resources, actual: Resources) -> None:
        without_replaced(operations, desired, actual)
