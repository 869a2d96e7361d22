"""Identifiers and qualified names, folded and spelt as Snowflake does."""

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]*")


def fold(text: str) -> str:
    """Return the stored form of an identifier as written: quoted as it is, else upper case."""
    if text.startswith('"'):
        return text[1:-1].replace('""', '"')
    return text.upper()


def spell(identifier: str) -> str:
    """Return a stored identifier as SQL: quoted only where it has to be."""
    return identifier if _PLAIN.fullmatch(identifier) else quote(identifier)


def quote(identifier: str) -> str:
    """Return a stored identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written: database and schema may be missing."""

    database: str | None
    schema: str | None
    last: str

    def __str__(self) -> str:
        return ".".join(spell(part) for part in (self.database, self.schema, self.last) if part)
