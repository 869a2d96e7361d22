"""Row access policies: https://docs.snowflake.com/en/sql-reference/sql/create-row-access-policy"""

from dataclasses import dataclass

from ..values import Row
from .policy_base import Policy, PolicyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAccessPolicy(Policy):
    """A row is seen where `body` is true."""


class RowAccessPolicyKind(PolicyKind[RowAccessPolicy]):
    name = "row_access_policy"
    privileges = ("APPLY",)
    spec_type = RowAccessPolicy
    show = "ROW ACCESS POLICIES"
    describe = "ROW ACCESS POLICY"

    def read_described(self, row: Row, described: Row) -> RowAccessPolicy:
        return RowAccessPolicy(**self.facts(row, described))
