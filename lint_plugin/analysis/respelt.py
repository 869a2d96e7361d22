"""Names that are spelt in compatibility characters: with an `o` of full width, `os` is still `os`.

Python reads every identifier in the normal form NFKC, so a search for the bytes of a name misses
other spellings of it. https://docs.python.org/3/reference/lexical_analysis.html#identifiers
"""

import re
from collections.abc import Iterator, Mapping
from string import ascii_letters, digits

_ASCII = bytes(range(128))
_ASCII_LETTERS = frozenset(ascii_letters + "_")
# The rest of a word from its first character that is not ASCII: taken whole, never tried again.
_FOREIGN = re.compile(rb"[\x80-\xff][\w\x80-\xff]*+")
_NAME_BYTES = frozenset((ascii_letters + digits + "_").encode())
# No name is longer in front of that character. Bytes.
_LONGEST = 500


def respelt(data: bytes, *, as_ascii: bool = False) -> Mapping[bytes, list[int]]:
    """Return the words of a UTF-8 text that Python reads as other names than they are spelt.

    Args:
        data: The text.
        as_ascii: Look for names of ASCII letters only, which is cheaper.

    Returns:
        The name as Python reads it -> the offsets of its other spellings, in order.
    """
    # Most files are ASCII or hold normal text, and this is all that they pay.
    if data.isascii():
        return {}
    from unicodedata import is_normalized, normalize

    foreign = data.translate(None, _ASCII).decode("utf-8", "replace")
    if is_normalized("NFKC", foreign):
        return {}
    # Punctuation of full width is common, letters of full width are not.
    if as_ascii and not any(map(_ASCII_LETTERS.__contains__, normalize("NFKC", foreign))):
        return {}
    found: dict[bytes, list[int]] = {}
    for start, end in _words(data):
        text = data[start:end].decode("utf-8", "replace")
        name = normalize("NFKC", text)
        if name != text and name.isidentifier():
            found.setdefault(name.encode("utf-8"), []).append(start)
    return found


def _words(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the words begin and end that are not ASCII."""
    for match in _FOREIGN.finditer(data):
        start = match.start()
        first = max(0, start - _LONGEST)
        while start > first and data[start - 1] in _NAME_BYTES:
            start -= 1
        yield start, match.end()


def normal(data: bytes) -> bytes:
    """Return a UTF-8 text with each of its words as Python reads it; offsets differ then."""
    if not respelt(data):
        return data

    from unicodedata import normalize

    pieces: list[bytes] = []
    at = 0
    for start, end in _words(data):
        name = normalize("NFKC", data[start:end].decode("utf-8", "replace"))
        if name.isidentifier():
            pieces += [data[at:start], name.encode("utf-8")]
            at = end
    return b"".join([*pieces, data[at:]])


def normal_text(text: str) -> str:
    """Return a text in the form that Python reads its names in; it may not be code at all."""
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFKC", text)
