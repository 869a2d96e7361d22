"""`title` and `rich_text`: text in runs of at most 2,000 UTF-16 units, at most 100 runs.

Formatting is Notion's alone: text that is equal is not written, so what an editor made bold stays
so until the text itself changes in Snowflake.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType

RUN_UNITS: Final = 2000
RUNS: Final = 100


def runs(text: str, units: int = RUN_UNITS) -> Iterator[str]:
    """Yield a text in pieces of at most so many UTF-16 units; no character is cut in two."""
    start = size = 0
    for position, character in enumerate(text):
        width = 2 if ord(character) > 0xFFFF else 1
        if size + width > units:
            yield text[start:position]
            start, size = position, 0
        size += width
    if start < len(text):
        yield text[start:]


def plain(items: Any) -> str:
    """Return the text of a rich-text array."""
    return "".join(
        str(item.get("plain_text") or item.get("text", {}).get("content", ""))
        for item in items or ()
    )


class RichText(PropertyType):
    """`rich_text`."""

    name: ClassVar[str] = "rich_text"

    def read(self, value: Mapping[str, Any]) -> Value:
        return plain(value.get(self.name)) or None

    def write(self, value: Value) -> Mapping[str, Any]:
        text = "" if value is None else str(value)
        return {self.name: [{"type": "text", "text": {"content": run}} for run in runs(text)]}

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if value is None:
            return None
        text = ", ".join(value) if isinstance(value, tuple) else _spelled(value)
        if sum(1 for _ in runs(text)) > RUNS:
            return Refused(f"is longer than {RUNS} runs of {RUN_UNITS} characters")
        return text


class Title(RichText):
    """`title`: the name of a page."""

    name: ClassVar[str] = "title"


def _spelled(value: bool | str) -> str:
    return value if isinstance(value, str) else str(value).lower()


PROPERTY_TYPES = (RichText(), Title())
