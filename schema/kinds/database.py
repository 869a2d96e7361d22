"""Databases: https://docs.snowflake.com/en/sql-reference/sql/create-database"""

from dataclasses import dataclass

from ..values import Row
from .container_base import Container, ContainerKind
from .properties import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Container):
    """A database; the stack's own is declared for you."""


class DatabaseKind(ContainerKind[Database]):
    name = "database"
    privileges = (
        "APPLYBUDGET", "EXECUTE AUTO CLASSIFICATION", "IMPORTED PRIVILEGES", "MANAGE GRANTS",
        "MODIFY", "MONITOR", "USAGE", "CREATE …",
    )  # fmt: skip
    level = "account"
    has_prefix = False
    spec_type = Database
    order = 20
    show = "DATABASES"

    def read_row(self, row: Row) -> Database | None:
        if words(row.get("origin")) or words(row.get("kind") or "STANDARD") != "STANDARD":
            return None  # shared and imported databases are nobody's to change
        return Database(**self.facts(row))
