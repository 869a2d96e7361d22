"""What is kept of an expression for every row of a table: its words, its hash, its rank."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .segment import Needle, Places, Segment

# One bit a word, and one more of a row without a text. Few words go into 16 bits, which can be
# counted in a table; more of them into 64.
MOST_WORDS = 62
_FEW_WORDS = 15
# So many texts are gone through one by one before they become a segment.
_TAIL = 2_048
# More texts than that without a blank at an end, and words tell nothing.
MOST_ODD = 20_000
# Rows of a first segment: what is needed to make one stays small.
_RUN = 65_536
_UNRANKED = 4_096


Signatures = NDArray[np.uint16] | NDArray[np.uint64]


def no_text(words: int) -> int:
    """Return the signature of a row without a text, where so many words are asked for."""
    return 1 << (_FEW_WORDS if words <= _FEW_WORDS else MOST_WORDS)


class Words:
    """The words of one column of texts."""

    def __init__(self) -> None:
        self.built = 0
        self._segments: list[Segment] = []
        self._tail: dict[int, str] = {}
        self.odd: dict[int, str] = {}
        self._nulls: list[Places] = []

    def add(self, places: Places, texts: pa.Array) -> None:
        """Take the texts of rows."""
        texts = texts.cast(pa.large_string())
        valid = pc.is_valid(texts)
        if texts.null_count:
            self._nulls.append(places[~np.asarray(valid)])
        even = pc.and_kleene(pc.starts_with(texts, " "), pc.ends_with(texts, " "))
        odd = np.asarray(pc.and_(valid, pc.invert(pc.fill_null(even, True))))
        for place in np.flatnonzero(odd):
            self.odd[int(places[place])] = texts[int(place)].as_py()
        chosen = np.asarray(pc.fill_null(even, False))
        places, texts = places[chosen], texts.filter(pa.array(chosen))
        if len(places) <= _TAIL:
            self._tail.update(zip(places.tolist(), texts.to_pylist(), strict=True))
            if len(self._tail) <= _TAIL:
                return
            places = np.fromiter(self._tail.keys(), np.uint32)
            texts = pa.array(list(self._tail.values()), pa.large_string())
            self._tail.clear()
        for start in range(0, len(places), _RUN):
            run = slice(start, start + _RUN)
            self._append(Segment.of(places[run], texts[run]))

    def _append(self, made: Segment) -> None:
        # Each is at least twice the next one: few are gone through, and each word moves seldom.
        parts = [made]
        while self._segments and len(self._segments[-1]) < 2 * sum(map(len, parts)):
            if len(self._segments[-1]) > _RUN * 8:
                break
            parts.append(self._segments.pop())
        self._segments.append(Segment.merged(parts) if len(parts) > 1 else made)

    def signatures(self, needles: list[Needle], size: int) -> Signatures:
        """Return a number for each place, whose bit n says that the row holds needle n.

        Args:
            needles: At most `MOST_WORDS`.
            size: Number of places.
        """
        kind: type[np.uint16] | type[np.uint64]
        kind = np.uint16 if len(needles) <= _FEW_WORDS else np.uint64
        found: Any = np.zeros(size, kind)
        few = {**self._tail, **self.odd}
        for n, needle in enumerate(needles):
            bit = kind(1 << n)
            for segment in self._segments:
                places = segment.find(needle)
                found[places] |= bit
            for place, text in few.items():
                if needle.text in text:
                    found[place] |= bit
        for places in self._nulls:
            found[places] = no_text(len(needles))
        made: Signatures = found
        return made


def classes_of(
    numbers: Signatures, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the signatures of the rows of a mask, each once and in order, and how many have it."""
    chosen: Any = numbers if mask.all() else numbers[mask]
    if numbers.dtype == np.uint16:
        counts = np.bincount(chosen, minlength=1)
        classes = np.flatnonzero(counts)
        return classes, counts[classes]
    classes, counts = np.unique(chosen, return_counts=True)
    return classes.astype(np.int64), counts


def is_of(numbers: Signatures, classes: list[int]) -> NDArray[np.bool_]:
    """Tell for each place whether its signature is one of these."""
    if numbers.dtype == np.uint16:
        among = np.zeros(1 << 16, bool)
        among[classes] = True
        return among[numbers]
    return np.isin(numbers, np.array(classes, np.uint64))


class Hashes:
    """Hashes of one expression; rows where it is null have none."""

    def __init__(self) -> None:
        self.built = 0
        self.is_text: bool | None = None
        self._sorted: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._places: Places = np.empty(0, np.uint32)
        self._new: list[tuple[NDArray[np.uint32], Places]] = []

    def add(self, places: Places, hashes: NDArray[np.uint32]) -> None:
        """Take the hashes of rows."""
        self._new.append((hashes, places))
        if sum(len(new) for new, _ in self._new) > max(_TAIL, len(self._sorted) // 16):
            every = np.concatenate([self._sorted, *(new for new, _ in self._new)])
            where = np.concatenate([self._places, *(new for _, new in self._new)])
            order = np.argsort(every, kind="stable")
            self._sorted, self._places = every[order], where[order]
            self._new.clear()

    def find(self, wanted: NDArray[np.uint32]) -> Places:
        """Return the places of rows with one of these hashes."""
        low = np.searchsorted(self._sorted, wanted, "left")
        high = np.searchsorted(self._sorted, wanted, "right")
        parts = [self._places[a:b] for a, b in zip(low, high, strict=True) if b > a]
        parts += [places[np.isin(hashes, wanted)] for hashes, places in self._new]
        return np.concatenate(parts) if parts else np.empty(0, np.uint32)


class Ranks:
    """The order of the values of one expression, as it was when they were ranked last."""

    def __init__(self) -> None:
        self.built = 0
        self._order: Places = np.empty(0, np.uint32)
        self._ranks: NDArray[np.int32] = np.empty(0, np.int32)
        self._nulls: Places = np.empty(0, np.uint32)

    def is_old(self, size: int) -> bool:
        """Whether so many rows came later that all are to be ranked again."""
        return not self.built or size - self.built > max(_UNRANKED, self.built // 64)

    def set(self, places: Places, ranks: NDArray[np.int32], nulls: Places, size: int) -> None:
        """Take places in order, the ranks of their values, and the places without a value."""
        self._order, self._ranks, self._nulls, self.built = places, ranks, nulls, size

    def first(self, among: NDArray[np.bool_], count: int, *, descending: bool) -> Places:
        """Return the places, of those marked, that can be among the first `count`.

        Those of equal values all can, and those whose rank is not known.
        """
        order = self._order[::-1] if descending else self._order
        ranks = self._ranks[::-1] if descending else self._ranks
        parts: list[Places] = []
        taken, start, last = 0, 0, None
        while start < len(order):
            chunk = slice(start, start + max(_TAIL, 2 * start))
            hits = np.flatnonzero(among[order[chunk]]) + start
            if last is None and taken + len(hits) >= count:
                last = ranks[hits[count - taken - 1]]
            if last is not None:
                hits = hits[ranks[hits] >= last if descending else ranks[hits] <= last]
            parts.append(order[hits])
            taken += len(hits)
            start = min(chunk.stop, len(order))
            if last is not None and start < len(order) and ranks[start] != last:
                break
        later = np.flatnonzero(among[self.built :]) + self.built
        parts += [later.astype(np.uint32), self._nulls[among[self._nulls]]]
        return np.concatenate(parts)
