"""Row access policies: https://docs.snowflake.com/en/sql-reference/sql/create-row-access-policy"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ..names import Sql
from ..project import Stack
from ..sqltext import same_sql
from .base import Change, Payload, Row, Spec, SqlText
from .policy_base import Argument, PolicyKind, arguments_payload, read_signature
from .properties import COMMENT, alteration, words


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAccessPolicy(Spec):
    """A row is seen where `body` is true."""

    arguments: tuple[Argument, ...]
    body: Annotated[str, SqlText()]


class RowAccessPolicyKind(PolicyKind[RowAccessPolicy]):
    name = "row_access_policy"
    spec_type = RowAccessPolicy
    show = "ROW ACCESS POLICIES"
    describe = "ROW ACCESS POLICY"
    properties = (COMMENT,)

    def left_out(self, spec: RowAccessPolicy, stack: Stack) -> str:
        return "row access policies need edition enterprise" if stack.edition == "standard" else ""

    def read_described(self, row: Row, described: Row) -> RowAccessPolicy:
        return RowAccessPolicy(
            comment=words(row.get("comment")),
            arguments=read_signature(words(described.get("signature"))),
            body=words(described.get("body")),
        )

    def body(self, name: str, spec: RowAccessPolicy) -> Payload:
        return {"arguments": arguments_payload(spec.arguments), "body": Sql(spec.body)}

    def difference(
        self, name: str, desired: RowAccessPolicy, actual: RowAccessPolicy
    ) -> Iterator[Change]:
        if desired.arguments != actual.arguments:
            payload = {**self.create(name, desired), "replace": True}
            yield Change(
                "replace", "its signature changes: it must not be in use", payload, "rebuild"
            )
            return
        if not same_sql(desired.body, actual.body):
            yield Change("set_body", "its expression changes", {"body": Sql(desired.body)})
        yield from alteration(desired, actual, self.properties)
