"""What tables and views have in common: one set of names, SHOW OBJECTS, DESCRIBE of either."""

from typing import Any

from ..engine.catalogue import Object
from ..language.names import Name
from ..language.results import Result
from ..language.types import NUMBER, TEXT, TIMESTAMP_LTZ
from ..sessions.session import Session
from .kinds import kinds
from .kinds.base import Kind
from .kinds.showing import Scope

RELATIONS = ("TABLE", "VIEW", "DYNAMIC TABLE")


class Relations(Kind):
    """Tables and views together, as SHOW OBJECTS lists them; no kind that can be created.

    https://docs.snowflake.com/en/sql-reference/sql/show-objects
    """

    name = "OBJECT"
    plural = "OBJECTS"
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("database_name", TEXT),
        ("schema_name", TEXT),
        ("kind", TEXT),
        ("comment", TEXT),
        ("cluster_by", TEXT),
        ("rows", NUMBER),
        ("bytes", NUMBER),
        ("owner", TEXT),
        ("retention_time", TEXT),
        ("owner_role_type", TEXT),
        ("is_hybrid", TEXT),
        ("is_dynamic", TEXT),
        ("is_iceberg", TEXT),
    )

    def listed(self, session: Session, scope: Scope) -> list[Object]:
        # The kind TABLE lists dynamic tables too.
        return [item for name in ("TABLE", "VIEW") for item in kinds()[name].listed(session, scope)]

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        if item.kind == "VIEW":
            row = kinds()["VIEW"].show_row(session, item)
            # A view has no rows of its own; dbt's catalogue expects the number 0.
            row |= {"rows": 0, "bytes": 0}
            return row | {"cluster_by": "", "is_hybrid": "N", "is_dynamic": "N", "is_iceberg": "N"}
        # Transient and temporary ones too: dbt takes any other word for an external table.
        return kinds()["TABLE"].show_row(session, item) | {"kind": "TABLE"}


def describe_relation(session: Session, name: Name, what: str) -> Result:
    """Run DESCRIBE TABLE or VIEW: either word describes either.

    https://docs.snowflake.com/en/sql-reference/sql/desc-table
    """
    item = session.names.find("TABLE", name)
    return kinds()[item.kind].describe(session, item, what)
