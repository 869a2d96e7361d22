"""Masking policies: https://docs.snowflake.com/en/sql-reference/sql/create-masking-policy"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ..names import Sql
from ..project import Stack
from ..sqltext import same_sql
from ..types import normal_type
from .base import Change, Mistake, Payload, Row, Spec, SqlText, SqlType
from .policy_base import Argument, PolicyKind, arguments_payload, read_signature
from .properties import COMMENT, alteration, words


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingPolicy(Spec):
    """The first argument is the column's value; the result is of its type."""

    arguments: tuple[Argument, ...]
    returns: Annotated[str, SqlType()]
    body: Annotated[str, SqlText()]


class MaskingPolicyKind(PolicyKind[MaskingPolicy]):
    name = "masking_policy"
    spec_type = MaskingPolicy
    show = "MASKING POLICIES"
    describe = "MASKING POLICY"
    properties = (COMMENT,)

    def left_out(self, spec: MaskingPolicy, stack: Stack) -> str:
        return "masking policies need edition enterprise" if stack.edition == "standard" else ""

    def check(self, name: str, spec: MaskingPolicy, stack: Stack) -> Iterator[Mistake]:
        if not spec.arguments or spec.arguments[0].type != spec.returns:
            yield Mistake(
                "returns",
                "a masking policy returns the type of its first argument",
                "make them equal",
            )

    def read_described(self, row: Row, described: Row) -> MaskingPolicy:
        return MaskingPolicy(
            comment=words(row.get("comment")),
            arguments=read_signature(words(described.get("signature"))),
            returns=normal_type(words(described.get("return_type")) or "VARCHAR"),
            body=words(described.get("body")),
        )

    def body(self, name: str, spec: MaskingPolicy) -> Payload:
        return {
            "arguments": arguments_payload(spec.arguments),
            "returns": Sql(spec.returns),
            "body": Sql(spec.body),
        }

    def difference(
        self, name: str, desired: MaskingPolicy, actual: MaskingPolicy
    ) -> Iterator[Change]:
        if (desired.arguments, desired.returns) != (actual.arguments, actual.returns):
            payload = {**self.create(name, desired), "replace": True}
            yield Change(
                "replace", "its signature changes: it must not be in use", payload, "rebuild"
            )
            return
        if not same_sql(desired.body, actual.body):
            yield Change("set_body", "its expression changes", {"body": Sql(desired.body)})
        yield from alteration(desired, actual, self.properties)
