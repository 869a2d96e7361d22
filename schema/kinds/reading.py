"""How a kind is read back from an account: the questions, the answers, and what they cover.

Not a kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..names import Identifier, QualifiedName
from ..values import Key, Row


class Query(NamedTuple):
    """A statement that reads a kind back.

    Attributes:
        sql: SHOW …, DESCRIBE … or a SELECT on INFORMATION_SCHEMA.
        needs: The query is asked only if this object exists (databases and roles are read
            first); None: always.
        pages: The statement is a SHOW that takes `LIMIT 10000 FROM '…'` when there are more rows.
        optional: A failure (a feature that the account lacks) reads as no rows.
        about: Names of the objects that a row of the answer stands for (kind `statement`).
    """

    sql: str
    needs: Key | None = None
    pages: bool = False
    optional: bool = False
    about: tuple[str, ...] = ()


class Answer(NamedTuple):
    """The rows that a query brought; `failed`: an optional query that the account refused."""

    query: Query
    rows: Sequence[Row]
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What introspection looks at: it follows from what is declared and what was applied.

    Attributes:
        databases: Databases that the project's objects are in.
        roles: Roles whose grants are managed.
        database_roles: Database roles (`DB.ROLE`) whose grants are managed.
        declared: Keys of a kind, for the few kinds that are read one by one.
        singly: Keys of a kind whose specs hold what only a query for the one object tells
            (`Kind.needs_own_query`).
        policies: Masking and row access policies that may be on tables.
        vector_columns: Names of the declared VECTOR columns.
        unique_keys: Whether a table has a declared unique key.
        future_schemas: Schemas whose future grants, of any role, hide a declared one of their
            database.
        checks: Questions of the project's own, each with the names of the statements that it is
            about.
    """

    databases: tuple[Identifier, ...] = ()
    roles: tuple[QualifiedName, ...] = ()
    database_roles: tuple[QualifiedName, ...] = ()
    declared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    singly: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policies: tuple[Key, ...] = ()
    vector_columns: tuple[Identifier, ...] = ()
    unique_keys: bool = False
    future_schemas: tuple[QualifiedName, ...] = ()
    checks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
