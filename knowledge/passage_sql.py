"""Rows and their chunks to one shape: SQL in which `R` is the row, and `C` its chunk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hushflake.schema.chunks import CHUNK_FIELD, CHUNK_HEADING, CHUNK_NUMBER, CHUNK_TEXT
from hushflake.schema.model import Entity

from .columns import content_sql

_COLUMNS: Final = (CHUNK_NUMBER, CHUNK_FIELD, CHUNK_HEADING, CHUNK_TEXT)
# A long row has many chunks, and the best of many scores is high by chance: what it is worth beside
# the score of a whole row. Above 0.9 long documents displace short rows that answer, below 0.75
# nothing changes (docs/knowledge.md).
CHUNK_FACTOR: Final = 0.85
Row = dict[str, Any]


@dataclass(frozen=True)
class Passage:
    """A part of a row.

    Attributes:
        number: Its place in the row, from 1.
        field: The field that it is cut from, in lower case.
        heading: Title of the row and headings above it, joined by ` > `.
        text: The part itself.
    """

    number: int
    field: str
    heading: str
    text: str

    def to_plain(self) -> dict[str, Any]:
        """The passage as JSON values."""
        return {
            "number": self.number,
            "field": self.field,
            "heading": self.heading,
            "text": self.text,
        }


def from_sql(entity: Entity) -> str:
    """Return what stands in FROM for an entity, or for the chunks of one."""
    parent = entity.parent
    if parent is None:
        return f"{entity.table} AS R"
    same = " AND ".join(f"C.{name} = R.{name}" for name in parent.key)
    return f"{entity.table} AS C INNER JOIN {parent.table} AS R ON {same}"


def passage_content_sql(entity: Entity) -> str:
    """Return SQL of the text that a hit quotes."""
    return content_sql(entity, "R") if entity.parent is None else f"C.{CHUNK_TEXT}"


def columns_sql(entity: Entity) -> str:
    """Return SQL of what `passage_of` reads."""
    is_chunk = entity.parent is not None
    return ", ".join(f"{f'C.{name}' if is_chunk else 'NULL'} AS {name}" for name in _COLUMNS)


def passage_of(row: Mapping[str, Any]) -> Passage | None:
    """Return the passage that a row of SQL, or of a service, holds; None for a row itself."""
    # A service calls a row itself chunk 0, and gives numbers as texts.
    if int(row.get(CHUNK_NUMBER.text) or 0) == 0:
        return None
    return Passage(
        int(row[CHUNK_NUMBER.text]),
        str(row.get(CHUNK_FIELD.text) or "").lower(),
        str(row.get(CHUNK_HEADING.text) or ""),
        str(row.get(CHUNK_TEXT.text) or ""),
    )


def folded(ranked: Sequence[Row]) -> list[Row]:
    """Return each row of an entity once, where the best of what was found of it stands.

    Args:
        ranked: Best first: rows, and chunks of rows. PASSAGE is set: the best one of the row.
    """
    found: dict[tuple[str, str], Row] = {}
    for row in ranked:
        kept = found.setdefault((row["ENTITY"], row["ENTITY_KEY"]), row)
        if kept.get("PASSAGE") is None:
            kept["PASSAGE"] = passage_of(row)
    return list(found.values())
