"""ROW ACCESS POLICY."""

from typing import Any

from ...engine.catalogue import Object
from ...language.errors import SqlError
from ...language.types import DataType
from ...sessions.session import Session
from .policies import Policy


class RowAccessPolicy(Policy):
    """Row access policies."""

    name = "ROW ACCESS POLICY"
    plural = "ROW ACCESS POLICIES"

    def check_signature(self, arguments: list[dict[str, Any]], returns: DataType) -> None:
        if returns.base != "BOOLEAN":
            raise SqlError(
                "SQL compilation error:\nA row access policy returns BOOLEAN.", 3531, "22023"
            )

    def users(self, session: Session, item: Object) -> list[Object]:
        return [
            table
            for table in session.engine.catalogue.of_kind("TABLE")
            if (table.body.get("row_access_policy") or {}).get("policy") == item.id
        ]


KIND = RowAccessPolicy()
