"""Names of objects that an account has once, so that several stacks can stand in one account.

Roles, warehouses and other objects of the account are no part of a database: two stacks of a
project would share them. A stack's `account_prefix` keeps them apart. Databases have their own
setting, `database`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import SchemaError
from .kinds import all_kinds
from .kinds.role import BUILT_IN
from .names import Identifier, QualifiedName
from .values import Key


@dataclass(frozen=True, slots=True)
class AccountNames:
    """How a stack spells the names of objects of the account.

    Attributes:
        prefix: Stands before them; empty: as they are written.
        as_written: Objects of others (`external`), and those that all stacks share (`shared`).
    """

    prefix: str = ""
    as_written: frozenset[Key] = frozenset()

    @classmethod
    def of(cls, prefix: str, *listed: Iterable[str]) -> "AccountNames":
        """Read lists of `kind NAME`."""
        return cls(prefix, frozenset(key_of(text) for texts in listed for text in texts))

    def complete(self, kind: str, name: QualifiedName) -> QualifiedName:
        """Return the name of an object of the account on this stack."""
        if not self.prefix or kind not in account_kinds():
            return name
        if Key(kind, name.sql) in self.as_written:
            return name
        if kind == "role" and name.sql in BUILT_IN:
            return name
        return QualifiedName((Identifier(self.prefix + name.last.text),), name.arguments)

    def complete_text(self, text: str) -> str:
        """Return `kind NAME` with the name completed; as it is where it names nothing."""
        try:
            key = key_of(text)
            return str(Key(key.kind, self.complete(key.kind, QualifiedName.parse(key.name)).sql))
        except SchemaError:
            return text  # reported as dangling


def key_of(text: str) -> Key:
    """Read `kind NAME`.

    Raises:
        SchemaError: The name is none.
    """
    kind, _, name = text.strip().partition(" ")
    return Key(kind.strip(), QualifiedName.parse(name).sql)


def keys_of(text: str, database: str) -> tuple[Key, ...]:
    """Read `kind NAME` of an object that others look after; the name may lack the database.

    Raises:
        SchemaError: The name is none.
    """
    key = key_of(text)
    kind = all_kinds().get(key.kind)
    parts = QualifiedName.parse(key.name).parts
    wanted = {"account": 1, "database": 2, "schema": 3}[kind.level] if kind is not None else 0
    if len(parts) + 1 != wanted:
        return (key,)
    return key, Key(key.kind, f"{Identifier.parse(database).sql}.{key.name}")


def account_kinds() -> frozenset[str]:
    """Kinds whose objects take the prefix."""
    return frozenset(
        name for name, kind in all_kinds().items() if kind.level == "account" and kind.has_prefix
    )
