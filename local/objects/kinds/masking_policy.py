"""MASKING POLICY."""

from typing import Any

from ...engine.catalogue import Object
from ...language.errors import SqlError
from ...language.types import DataType, from_json
from ...sessions.session import Session
from .policies import Policy


class MaskingPolicy(Policy):
    """Masking policies."""

    name = "MASKING POLICY"
    plural = "MASKING POLICIES"

    def check_signature(self, arguments: list[dict[str, Any]], returns: DataType) -> None:
        if not arguments or from_json(arguments[0]["type"]).base != returns.base:
            raise SqlError(
                "SQL compilation error:\nMasking policy function argument and return type mismatch.",
                3530,
                "22023",
            )

    def users(self, session: Session, item: Object) -> list[Object]:
        found = [
            table
            for table in session.engine.catalogue.of_kind("TABLE")
            if any(column.get("masking_policy") == item.id for column in table.body["columns"])
        ]
        tags = session.engine.catalogue.of_kind("TAG")
        return found + [tag for tag in tags if item.id in (tag.body.get("masking_policies") or ())]


KIND = MaskingPolicy()
