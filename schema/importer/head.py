"""What every CREATE statement begins with."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..kinds.properties import Property
from ..names import QualifiedName
from .scanner import Scanner
from .where import Where, level_of

Definition = dict[str, Any]
Reader = Callable[["Head"], Iterator[Definition]]
COMMENT: Final = {"COMMENT": "comment"}
_FLAGS: Final = ("TRANSIENT", "SECURE", "MATERIALIZED")


@dataclass(frozen=True, slots=True)
class Head:
    """`CREATE [OR REPLACE] [flags] kind [IF NOT EXISTS] name`; the scanner stands after it.

    Attributes:
        kind: The name of the kind.
        name: As it is written.
        flags: TRANSIENT, SECURE, MATERIALIZED.
        where: What the session of the script stands in.
    """

    kind: str
    name: QualifiedName
    flags: frozenset[str]
    statement: str
    scanner: Scanner
    where: Where

    def start(self) -> Definition:
        """The first fields of the definition."""
        return {"kind": self.kind, "name": self.where.short(self.name, level_of(self.kind))}


def read_head(statement: str, kinds: Iterable[str], where: Where) -> Head:
    """Read the beginning of a CREATE statement.

    Raises:
        ValueError: another statement, or a kind that is not among `kinds`.
    """
    scanner = Scanner(statement)
    if not scanner.accept("CREATE"):
        raise ValueError("not a CREATE statement")
    if scanner.accept("OR"):
        scanner.word()
    flags = set()
    while scanner.token.text.upper() in _FLAGS:
        flags.add(scanner.word())
    # The longest first: DATABASE ROLE before DATABASE.
    by_words = sorted(((k.upper().split("_"), k) for k in kinds), key=lambda pair: -len(pair[0]))
    kind = next((kind for words, kind in by_words if scanner.accept(*words)), None)
    if kind is None:
        raise ValueError(f"CREATE {scanner.token.text.upper()} is not read")
    scanner.accept("IF", "NOT", "EXISTS")
    name = scanner.name()
    return Head(kind, name, frozenset(flags), statement, scanner, where)


def fields_of(*properties: Property) -> dict[str, str]:
    """The fields of properties by their names in SQL."""
    return {item.sql: item.field for item in properties}
