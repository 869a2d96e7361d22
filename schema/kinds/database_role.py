"""Database roles: https://docs.snowflake.com/en/sql-reference/sql/create-database-role"""

from dataclasses import dataclass

from ..values import Row
from .base import Spec
from .common import Shown
from .properties import words


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseRole(Spec):
    """A role that lives in a database and reaches nothing outside of it."""


class DatabaseRoleKind(Shown[DatabaseRole]):
    name = "database_role"
    level = "database"
    spec_type = DatabaseRole
    order = 27
    show = "DATABASE ROLES"

    def read_row(self, row: Row) -> DatabaseRole:
        return DatabaseRole(comment=words(row.get("comment")))
