"""A value inside of longer text in base64 (RFC 4648), in both alphabets."""

from base64 import b64encode
from collections.abc import Iterator
from typing import NamedTuple

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FOR_ADDRESSES = bytes.maketrans(b"+/", b"-_")
_FROM_ADDRESSES = bytes.maketrans(b"-_", b"+/")


class Edges(NamedTuple):
    """The bits of a value in the characters beside its part of a text in base64."""

    lead: int
    before: int
    trail: int
    behind: int


def in_base64(value: bytes) -> Iterator[tuple[bytes, Edges]]:
    """Yield a value in base64 at each of the three places where it may begin in longer text.

    Only the characters that are the value's alone, in both alphabets (RFC 4648): of those beside
    them some bits are.
    """
    for shift, (begin, lead) in enumerate(((0, 0), (2, 4), (3, 2))):
        encoded = b64encode(b"\0" * shift + value)
        whole, trail = divmod(8 * (shift + len(value)), 6)
        before = number_at(encoded, begin - 1) & (1 << lead) - 1 if lead else 0
        behind = number_at(encoded, whole) >> 6 - trail if trail else 0
        text = encoded[begin:whole]
        for each in {text, text.translate(_FOR_ADDRESSES)}:
            yield each, Edges(lead, before, trail, behind)


def number_at(data: bytes, at: int) -> int:
    """Return the value of a character of base64, -1 where there is none."""
    if not 0 <= at < len(data):
        return -1
    return _ALPHABET.find(data[at : at + 1].translate(_FROM_ADDRESSES))
