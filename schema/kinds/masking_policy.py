"""Masking policies: https://docs.snowflake.com/en/sql-reference/sql/create-masking-policy"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ..names import Sql
from ..stack import Stack
from ..types import normal_type
from ..values import Payload, Row
from .annotations import SqlType
from .base import Mistake
from .policy_base import Policy, PolicyKind
from .properties import words


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingPolicy(Policy):
    """The first argument is the column's value; the result is of its type."""

    returns: Annotated[str, SqlType()]


class MaskingPolicyKind(PolicyKind[MaskingPolicy]):
    name = "masking_policy"
    privileges = ("APPLY",)
    spec_type = MaskingPolicy
    show = "MASKING POLICIES"
    describe = "MASKING POLICY"
    signature = ("arguments", "returns")

    def check(self, name: str, spec: MaskingPolicy, stack: Stack) -> Iterator[Mistake]:
        if not spec.arguments or spec.arguments[0].type != spec.returns:
            yield Mistake(
                "returns",
                "a masking policy returns the type of its first argument",
                "make them equal",
            )

    def read_described(self, row: Row, described: Row) -> MaskingPolicy:
        returns = normal_type(words(described.get("return_type")) or "VARCHAR")
        return MaskingPolicy(**self.facts(row, described), returns=returns)

    def body(self, name: str, spec: MaskingPolicy) -> Payload:
        return {**super().body(name, spec), "returns": Sql(spec.returns)}
