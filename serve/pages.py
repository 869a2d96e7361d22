"""A row of any length in pages: short fields first, then the long ones, from page to page."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from .texts import readable

PAGE_CHARACTERS: Final = 12_000
# A field up to here stands before the long ones, so that a page begins with what is known of a row.
_SHORT: Final = 2_000


class Page(NamedTuple):
    """What stands on a page, and how many there are.

    Attributes:
        fields: Name -> the part of the field that is on this page; a long one goes on on the next.
        number, total: Which page of how many.
    """

    fields: dict[str, str]
    number: int
    total: int


def page_of(texts: Mapping[str, str], number: int) -> Page:
    """Return a page of the texts of a row; one beyond the last has no fields.

    Args:
        texts: Field -> its whole text.
        number: From 1.
    """
    whole = {name: readable(text) for name, text in texts.items()}
    ordered = sorted(whole, key=lambda name: len(whole[name]) > _SHORT)
    first, last = (number - 1) * PAGE_CHARACTERS, number * PAGE_CHARACTERS
    place = 0
    found: dict[str, str] = {}
    for name in ordered:
        text = whole[name]
        part = text[max(0, first - place) : max(0, last - place)]
        if part or (not text and first <= place < last):
            found[name] = part
        place += len(text)
    return Page(found, number, max(1, -(-place // PAGE_CHARACTERS)))
