"""How many columns of a terminal text takes.

East Asian wide and fullwidth characters take two (Unicode UAX #11), combining marks and format
characters none. Terminals differ on emoji sequences; here each visible part counts.
"""

from functools import cache


def cells(text: str) -> int:
    """Return the number of columns that escaped `text` takes."""
    return len(text) if text.isascii() else sum(map(cells_of, text))


@cache
def cells_of(character: str) -> int:
    """Return the number of columns of one character: 0, 1 or 2."""
    from unicodedata import category, east_asian_width

    if category(character) in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
        return 0  # U+1160 to U+11FF: vowels and finals that join the syllable before them
    return 2 if east_asian_width(character) in ("W", "F") else 1


def cut(text: str, width: int) -> str:
    """Return the longest beginning of `text` that takes at most `width` columns."""
    if text.isascii():
        return text[:width]
    taken = 0
    for index, character in enumerate(text):
        taken += cells_of(character)
        if taken > width:
            return text[:index]
    return text
