"""Scores of many vectors against one, with the bound of their error.

Sums of `float32` products are off by at most `dimension * 2**-24` of the sum of the products' sizes
(Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). Both DuckDB's sums and these
are, so rows whose scores differ by less than four times that may change places.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Errors = Floats | np.float32

# Functions of which more is nearer.
SIMILARITIES = frozenset({"cosine", "inner"})
# Rows of a block: its differences stay in the cache of the processor.
_BLOCK = 512
_GROUP = 128


def scores_of(
    function: str, vectors: Floats, lengths: Floats, asked: Floats
) -> tuple[Floats, Errors]:
    """Return the scores of vectors, nearest greatest, and how far they may be off.

    Args:
        function: `cosine`, `inner`, `l2` or `l1`.
        vectors: One a row.
        lengths: Of the vectors.
        asked: The vector that they are compared with.
    """
    slack = np.float32(asked.size * 2.0**-22)
    if function == "l1":
        sums = _l1(vectors, asked)
        return -sums, slack * sums
    length = np.float32(np.linalg.norm(asked))
    if function == "cosine":
        scores = vectors @ (asked / length)
        scores /= lengths
        return scores, 2 * slack
    products = vectors @ asked
    if function == "inner":
        return products, slack * length * lengths
    # The square of the distance, turned round.
    squares = 2 * products - lengths * lengths - length * length
    return squares, slack * (lengths + length) ** 2


def _l1(vectors: Floats, asked: Floats) -> Floats:
    sums = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK):
        part = np.subtract(vectors[start : start + _BLOCK], asked)
        np.abs(part, out=part)
        sums[start : start + _BLOCK] = part.sum(axis=1)
    return sums


def first(scores: Floats, errors: Errors, count: int) -> Places:
    """Return the places of all that can be among the greatest `count`, given the errors."""
    if len(scores) <= count:
        return np.arange(len(scores))
    found: Places = np.flatnonzero(scores + errors >= _nth_greatest(scores - errors, count))
    return found


def _nth_greatest(values: Floats, count: int) -> np.float32:
    if len(values) >= 8 * _GROUP * count:
        # That of the groups' greatest is no greater than that of all: few are left to look at.
        whole = len(values) // _GROUP * _GROUP
        tops = values[:whole].reshape(-1, _GROUP).max(axis=1)
        values = values[values >= np.partition(tops, len(tops) - count)[len(tops) - count]]
    return np.float32(np.partition(values, len(values) - count)[len(values) - count])
