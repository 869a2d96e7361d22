"""Sign codes, the approximate index over a matrix: one bit a number, so 1/32 of what a vector takes.

The signs of two vectors differ the oftener the wider the angle between them (Charikar, Similarity
estimation techniques from rounding algorithms, STOC 2002). All codes are gone through, far more
rows than are asked for are taken by the number of bits that differ, and these alone are compared by
their vectors. How many are enough was measured: docs/benchmarks.md tells the recall.

Bit k of word w of all rows lies together, a row of words for each w: to count, NumPy then goes
through long arrays, which is several times faster than a row of the table after the other.
"""

import numpy as np
from numpy.typing import NDArray

from .scores import Floats, Places

Words = NDArray[np.uint64]

# Rows that are compared whole: so many, for each one asked for, and a share of all.
_LEAST, _EACH, _SHARE = 2_000, 20, 1 / 500
# More than this share of the rows, and comparing all of them costs no more.
_MOST = 0.25
_BLOCK = 16_384
_PACKED = 4_096
_BITS = 64


class Codes:
    """The codes of the vectors of a matrix, a place each, as the matrix has them.

    Args:
        vectors: Those that are there already, one a row.
    """

    def __init__(self, vectors: Floats) -> None:
        self._words = -(-vectors.shape[1] // _BITS)
        self._planes: Words = np.empty((self._words, 0), np.uint64)
        self.put(0, vectors)

    @classmethod
    def of(cls, planes: Words, dimension: int) -> "Codes":
        """Return codes that were saved.

        Raises:
            ValueError: They are not of vectors of this dimension.
        """
        made = cls(np.empty((0, dimension), np.float32))
        if planes.ndim != 2 or len(planes) != made._words or planes.dtype != np.uint64:
            raise ValueError("codes of another dimension")
        made._planes = planes
        return made

    def saved(self, size: int) -> Words:
        """Return the codes of the first `size` places, as `of` takes them."""
        return self._planes[:, :size]

    def put(self, place: int, vectors: Floats) -> None:
        """Set the codes of vectors from a place on."""
        end = place + len(vectors)
        if end > self._planes.shape[1]:
            grown: Words = np.empty((self._words, max(end, place * 5 // 4)), np.uint64)
            grown[:, :place] = self._planes[:, :place]
            self._planes = grown
        for start in range(0, len(vectors), _PACKED):
            made = self._coded(vectors[start : start + _PACKED])
            self._planes[:, place + start : place + start + made.shape[1]] = made

    def move(self, places: Places, sources: Places) -> None:
        """Set the codes of places to those of others."""
        self._planes[:, places] = self._planes[:, sources]

    def near(self, asked: Floats, count: int, size: int, places: Places | None) -> Places | None:
        """Return the places, in order, of rows that the nearest `count` are probably among.

        Args:
            asked: The vector asked for.
            count: How many are wanted in the end.
            size: Number of rows of the matrix.
            places: The rows to look at; None: all.

        Returns:
            None when they would be a good part of the rows.
        """
        rows = size if places is None else len(places)
        wanted = int(_LEAST + _EACH * count + _SHARE * rows)
        if wanted > _MOST * rows:
            return None
        differing = self._differing(asked, size)
        if places is not None:
            differing = differing[places]
        bound = np.searchsorted(np.cumsum(np.bincount(differing)), wanted)
        found: Places = np.flatnonzero(differing <= bound)
        # Where codes tell rows apart no better than that, they tell nothing.
        if len(found) > _MOST * rows:
            return None
        return found if places is None else places[found]

    def _coded(self, vectors: Floats) -> Words:
        packed = np.packbits(vectors > 0, axis=1)
        whole = np.zeros((len(vectors), self._words * _BITS // 8), np.uint8)
        whole[:, : packed.shape[1]] = packed
        planes: Words = whole.view(np.uint64).T
        return planes

    def _differing(self, asked: Floats, size: int) -> NDArray[np.uint16]:
        """Return in how many bits each row's code differs from that of `asked`."""
        words = self._coded(asked[np.newaxis])[:, 0]
        counts = np.zeros(size, np.uint16)
        xored, ones = np.empty(_BLOCK, np.uint64), np.empty(_BLOCK, np.uint8)
        for start in range(0, size, _BLOCK):
            block = counts[start : start + _BLOCK]
            end = len(block)
            for plane, word in zip(self._planes, words, strict=True):
                np.bitwise_xor(plane[start : start + end], word, out=xored[:end])
                np.bitwise_count(xored[:end], out=ones[:end])
                block += ones[:end]
        return counts
