"""Which rows hold a word: an inverted index of the words of a run of rows.

A text is cut at its blanks alone. `CONTAINS(text, ' word ')` and `CONTAINS(text, ' begin')` then ask
for a word, or for all that begin so, in a text that has a blank at both ends.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Places = NDArray[np.uint32]
Codes = NDArray[np.int64]


class Needle:
    """What CONTAINS looks for, where words can answer it.

    Args:
        text: ` word ` or ` begin`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_whole = text.endswith(" ")
        self.word = text[1:-1].encode() if self.is_whole else text[1:].encode()

    @property
    def is_word(self) -> bool:
        """Whether words tell where it is."""
        return self.text.startswith(" ") and bool(self.word) and b" " not in self.word


class Segment:
    """The words of some rows, and the places of the rows that hold each.

    Args:
        words: Each once, in the order of their bytes.
        codes: Places in `words`, one a word of a row.
        places: Places of the rows, one a word of a row.
    """

    def __init__(self, words: pa.Array, codes: Codes, places: Places) -> None:
        # Sorted as one number: the word above, the place below.
        pairs = np.unique(codes << 32 | places.astype(np.int64))
        self._words = words
        self._places = (pairs & 0xFFFFFFFF).astype(np.uint32)
        self._starts = np.searchsorted(pairs >> 32, np.arange(len(words) + 1))

    @classmethod
    def of(cls, places: Places, texts: pa.Array) -> "Segment":
        """Make one of texts that have a blank at both ends."""
        lists = pc.split_pattern(texts, " ")
        rows = pc.list_parent_indices(lists).to_numpy()
        found = pc.list_flatten(lists).dictionary_encode()
        codes = np.asarray(found.indices, dtype=np.int64)
        return cls._sorted(found.dictionary, codes, places[rows])

    @classmethod
    def merged(cls, parts: Iterable["Segment"]) -> "Segment":
        """Make one of several."""
        parts = list(parts)
        words, codes, first = [], [], 0
        for part in parts:
            words.append(part._words)
            codes.append(first + np.repeat(np.arange(len(part._words)), np.diff(part._starts)))
            first += len(part._words)
        every = pa.concat_arrays(words).dictionary_encode()
        mapped = np.asarray(every.indices, dtype=np.int64)[np.concatenate(codes)]
        return cls._sorted(every.dictionary, mapped, np.concatenate([p._places for p in parts]))

    @classmethod
    def _sorted(cls, words: pa.Array, codes: Codes, places: Places) -> "Segment":
        words = words.cast(pa.large_binary())
        order = np.asarray(pc.array_sort_indices(words), dtype=np.int64)
        ranks = np.empty_like(order)
        ranks[order] = np.arange(len(order))
        return cls(words.take(pa.array(order)), ranks[codes], places)

    def __len__(self) -> int:
        """Number of words of rows."""
        return len(self._places)

    def find(self, needle: Needle) -> Places:
        """Return the places of rows that hold a word; one that begins so may come repeatedly."""
        words = _Words(self._words)
        low = bisect_left(words, needle.word)
        if needle.is_whole:
            high = low + (low < len(words) and words[low] == needle.word)
        else:
            size = len(needle.word)
            high = bisect_right(words, needle.word, low, key=lambda word: word[:size])
        return self._places[self._starts[low] : self._starts[high]]


class _Words:
    """Words as `bisect` wants them."""

    def __init__(self, words: pa.Array) -> None:
        self._words = words

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, place: int) -> bytes:
        return bytes(self._words[place].as_buffer())
