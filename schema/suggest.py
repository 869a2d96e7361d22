"""Suggestions for misspelt words."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest; "" when none is near."""
    by_folded = {item.casefold(): item for item in known}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean X?` for the nearest known word, "" when none is near."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else ""


def one_of(word: str, known: Iterable[str]) -> str:
    """A suggestion, or else the list of what is known."""
    words = sorted(known)
    shown = ", ".join(words[:12]) + (", …" if len(words) > 12 else "")
    return did_you_mean(word, words) or f"it is one of {shown}"
