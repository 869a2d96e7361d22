"""Credentials in the published formats of their issuers, found in a text."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from .providers import PROVIDERS, Provider

# No format has a shorter credential, or one with such a character in it.
SHORTEST = 16
APART = "\"'()[]{},;<>`"
# A text that is searched sooner than it is taken apart.
_SHORT = 2000
_BLANK = bytes.maketrans(APART.encode(), b" " * len(APART))


def _long_words(text: str) -> str:
    """Return those words of a text that may be a credential: of most sources a small part."""
    words = text.encode("utf-8", "surrogatepass").translate(_BLANK).split()
    return b"\n".join([word for word in words if len(word) >= SHORTEST]).decode("latin-1")


def in_formats(text: str) -> Iterator[tuple[Provider, re.Match[str]]]:
    """Yield what has the format of a provider, with that provider."""
    searched = text if len(text) < _SHORT else _long_words(text)
    for head in _heads():
        if not head.any_of(searched):
            continue
        for mark, provider in head.marks:
            if mark in text:
                for match in _at_marks(text, mark, provider):
                    yield provider, match


class _Head(NamedTuple):
    """The marks that begin with one character: a file is searched for all of them at once."""

    any_of: Callable[[str], re.Match[str] | None]
    marks: list[tuple[str, Provider]]


@cache
def _heads() -> list[_Head]:
    """Group the marks. One search for many that share their first character costs what a search
    for one does; for alternatives with nothing in common `re` is many times slower.
    """
    groups: dict[str, list[tuple[str, Provider]]] = {}
    for provider in PROVIDERS:
        for mark in provider.marks:
            groups.setdefault(mark[0], []).append((mark, provider))
    heads = []
    for first, marks in groups.items():
        rest = "|".join(sorted({re.escape(mark[1:]) for mark, _ in marks}))
        heads.append(_Head(re.compile(f"{re.escape(first)}(?:{rest})").search, marks))
    return heads


def _at_marks(text: str, mark: str, provider: Provider) -> Iterator[re.Match[str]]:
    pattern, at = provider.compiled(), text.find(mark)
    while at >= 0:
        match = None
        for start in range(max(0, at - provider.lead), at + 1):
            match = pattern.match(text, start)
            if match:
                yield match
                break
        at = text.find(mark, match.end() if match else at + 1)
