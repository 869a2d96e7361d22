"""Values that are known to be secret, looked for by their fingerprints (HSF308).

Whoever knows the values makes a `Known` of them. It holds keyed fingerprints and no value, so that
it can be given to other processes. The key is random and lives as long as the run.

To search a text for fingerprints of many lengths, each is anchored: at six letters or digits at an
end of a run of them, of which 16 bits of a keyed sum are known. Where the sum agrees, the
fingerprint of the whole decides, which is 128 bits: what agrees is the value.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from zlib import crc32

try:
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - another implementation of Python
    from hashlib import blake2b

from .in_base64 import Edges, in_base64, number_at

# Shorter values stand in texts by chance. Bytes.
SHORTEST = 8
_ANCHOR = 6
_SUM = 0xFFFF
_RUN = re.compile(rb"[A-Za-z0-9]{6,}")
# Longer runs may be text in base64 or hexadecimal, in the middle of which a value may begin.
_LONG_RUN = 12
# A value of this length is no part of a longer word by chance.
_SURE = 16
_WORD = re.compile(rb"\w")
# What ends in a letter or digit and is none: an escape of a string or of an address.
_ESCAPE = re.compile(rb"\\(?:[abfnrtv0]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})\Z|%[0-9a-fA-F]{2}\Z")
_LONGEST_ESCAPE = 6
# A file with a zero byte at its beginning is no text.
_HEAD = 8192


class Form(NamedTuple):
    """A spelling of a value.

    Attributes:
        before: How many bytes of it stand before its anchor.
        size: Its length in bytes.
        digest: Its fingerprint.
        value: The number of the value.
        is_plain: Whether it is the value itself, which is no part of a word.
        lead: How many low bits of the character of base64 before it are the value's.
        trail: How many high bits of the character of base64 behind it are.
    """

    before: int
    size: int
    digest: bytes
    value: int
    is_plain: bool = False
    lead: int = 0
    trail: int = 0


class Place(NamedTuple):
    """Where a value stands, and which."""

    start: int
    end: int
    value: int


class Secret(NamedTuple):
    """What may be said of a value.

    Attributes:
        names: Its keys, as people may read them.
        source: Where it is configured.
        fingerprint: That of reports, with the key of the user.
    """

    names: str
    source: str
    fingerprint: str


class Known:
    """The fingerprints of values."""

    def __init__(self, values: Iterable[tuple[Secret, bytes, Iterable[bytes]]]) -> None:
        """Take fingerprints of values, and keep nothing else.

        Args:
            values: What may be said of each, the value itself, and its other spellings but for
                those in base64, which are worked out here.
        """
        self._key = os.urandom(32)
        self._seed = int.from_bytes(os.urandom(4), sys.byteorder)
        self.secrets: list[Secret] = []
        # Sum of an anchor -> what may stand there: at the beginning of a run, at its end, within
        # it, or anywhere.
        self._heads: dict[int, tuple[Form, ...]] = {}
        self._tails: dict[int, tuple[Form, ...]] = {}
        self._inner: dict[int, tuple[Form, ...]] = {}
        self._anywhere: dict[int, tuple[Form, ...]] = {}
        for number, (secret, value, forms) in enumerate(values):
            self.secrets.append(secret)
            for text in {value, *forms}:
                if len(text) >= SHORTEST:
                    self._add(text, self._form(text, number, is_plain=text == value))
            for text, edges in in_base64(value):
                if len(text) >= SHORTEST:
                    self._add(text, self._form(text, number, edges=edges))

    def __repr__(self) -> str:
        return f"<{len(self.secrets)} known values>"

    def _form(
        self, text: bytes, number: int, *, is_plain: bool = False, edges: Edges | None = None
    ) -> Form:
        digest = self._digest(text, *((edges.before, edges.behind) if edges else (0, 0)))
        bits = (edges.lead, edges.trail) if edges else (0, 0)
        return Form(0, len(text), digest, number, is_plain, *bits)

    def _add(self, text: bytes, form: Form) -> None:
        runs = [match.span() for match in _RUN.finditer(text)]
        if not runs:
            self._keep(self._anywhere, text, 0, form)
            return
        start, end = max(runs, key=lambda run: run[1] - run[0])
        self._keep(self._heads, text, start, form)
        if start == 0:
            # In the text a letter may stand before it, as that of an escape does.
            self._keep(self._tails, text, end - _ANCHOR, form)
            if end == len(text):
                self._keep(self._inner, text, 0, form)

    def _keep(self, table: dict[int, tuple[Form, ...]], text: bytes, at: int, form: Form) -> None:
        anchor = crc32(text[at : at + _ANCHOR], self._seed) & _SUM
        kept = form._replace(before=at)
        if kept not in table.get(anchor, ()):
            table[anchor] = (*table.get(anchor, ()), kept)

    def _digest(self, data: bytes, before: int = 0, behind: int = 0) -> bytes:
        """Return the fingerprint of a text, and of the bits of it in characters beside it."""
        edges = bytes((before, behind))
        return blake2b(data + edges, key=self._key, digest_size=16).digest()

    def _is(self, data: bytes, form: Form, start: int, end: int) -> bool:
        """Say whether a spelling stands in a text."""
        if not form.lead and not form.trail:
            return self._digest(data[start:end]) == form.digest
        before = number_at(data, start - 1) if form.lead else 0
        behind = number_at(data, end) if form.trail else 0
        if before < 0 or behind < 0:
            return False
        bits = before & (1 << form.lead) - 1, behind >> 6 - form.trail
        return self._digest(data[start:end], *bits) == form.digest

    def find(self, data: bytes) -> list[Place]:
        """Return where values stand in a text, in order; each place of a value once."""
        if b"\0" in data[:_HEAD]:
            return []
        found: dict[tuple[int, int], Place] = {}
        for at, forms in self._candidates(data):
            for form in forms:
                start = at - form.before
                end = start + form.size
                if start < 0 or end > len(data):
                    continue
                if self._is(data, form, start, end) and _is_whole(data, form, start, end):
                    # The longest spelling at a place speaks for it.
                    known = found.get((start, form.value))
                    if known is None or end > known.end:
                        found[start, form.value] = Place(start, end, form.value)
        return sorted(_apart(found))

    def _candidates(self, data: bytes) -> Iterator[tuple[int, tuple[Form, ...]]]:
        """Yield the offsets of anchors that may be, and what may stand there."""
        seed, heads, tails, inner = self._seed, self._heads, self._tails, self._inner
        for match in _RUN.finditer(data):
            start, end = match.span()
            forms = heads.get(crc32(data[start : start + _ANCHOR], seed) & _SUM)
            if forms:
                yield start, forms
            forms = tails.get(crc32(data[end - _ANCHOR : end], seed) & _SUM)
            if forms:
                yield end - _ANCHOR, forms
            if inner and end - start >= _LONG_RUN:
                for at in range(start + 1, end - _ANCHOR):
                    forms = inner.get(crc32(data[at : at + _ANCHOR], seed) & _SUM)
                    if forms:
                        yield at, forms
        if self._anywhere:
            # A value without six letters or digits beside each other: every place is looked at.
            anywhere = self._anywhere
            for at in range(len(data) - SHORTEST + 1):
                forms = anywhere.get(crc32(data[at : at + _ANCHOR], seed) & _SUM)
                if forms:
                    yield at, forms


def _is_whole(data: bytes, form: Form, start: int, end: int) -> bool:
    """Say whether what stands there is no part of a longer word."""
    if not form.is_plain or form.size >= _SURE:
        return True
    if _WORD.match(data, end) and _WORD.match(data, end - 1):
        return False
    if start == 0 or not (_WORD.match(data, start - 1) and _WORD.match(data, start)):
        return True
    return _ESCAPE.search(data[max(0, start - _LONGEST_ESCAPE) : start]) is not None


def _apart(found: Mapping[tuple[int, int], Place]) -> Iterator[Place]:
    """Yield places of which none lies in another of the same value."""
    ends: dict[int, int] = {}
    for place in sorted(found.values(), key=lambda each: (each.start, -each.end)):
        if place.end > ends.get(place.value, -1):
            ends[place.value] = place.end
            yield place
