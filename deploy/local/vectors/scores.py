"""Scores of many vectors against one, with the bound of their error.

Sums of `float32` products are off by at most `dimension * 2**-24` of the sum of the products' sizes
(Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). Both DuckDB's sums and these
are, so rows whose scores differ by less than four times that may change places.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# Vectors, their lengths, the vector asked for -> scores (greatest first in line) and their errors.
Scores = Callable[[Floats, Floats, Floats], tuple[Floats, Floats | np.float32]]

# Rows of a block: its differences stay in the cache of the processor.
_BLOCK = 512


def _slack(dimension: int) -> np.float32:
    return np.float32(dimension * 2.0**-22)


def _cosine(vectors: Floats, lengths: Floats, asked: Floats) -> tuple[Floats, np.float32]:
    scores = vectors @ (asked / np.float32(np.linalg.norm(asked)))
    scores /= lengths
    return scores, 2 * _slack(asked.size)


def _inner(vectors: Floats, lengths: Floats, asked: Floats) -> tuple[Floats, Floats]:
    slack = _slack(asked.size) * np.float32(np.linalg.norm(asked))
    return vectors @ asked, slack * lengths


def _l2(vectors: Floats, lengths: Floats, asked: Floats) -> tuple[Floats, Floats]:
    length = np.float32(np.linalg.norm(asked))
    squares = 2 * (vectors @ asked) - lengths * lengths - length * length
    return squares, _slack(asked.size) * (lengths + length) ** 2


def _l1(vectors: Floats, lengths: Floats, asked: Floats) -> tuple[Floats, Floats]:
    sums = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK):
        part = np.subtract(vectors[start : start + _BLOCK], asked)
        np.abs(part, out=part)
        sums[start : start + _BLOCK] = part.sum(axis=1)
    return -sums, _slack(asked.size) * sums


# The greatest score is the one that comes first when likeness goes down.
BY_FUNCTION: dict[str, Scores] = {"cosine": _cosine, "inner": _inner, "l2": _l2, "l1": _l1}
SIMILARITIES = frozenset({"cosine", "inner"})


def first(
    scores: Floats, errors: Floats | np.float32, count: int, *, greatest: bool
) -> NDArray[np.int64]:
    """Return the places of all that can be among the first `count`, given the errors."""
    if not greatest:
        scores = -scores
    if len(scores) <= count:
        return np.arange(len(scores))
    sure = scores - errors
    # The count-th greatest of the blocks' greatest is no greater than the count-th greatest of all.
    size = 128
    if len(sure) >= 8 * size * count:
        whole = len(sure) // size * size
        tops = sure[:whole].reshape(-1, size).max(axis=1)
        bound = np.partition(tops, len(tops) - count)[len(tops) - count]
        kept = np.flatnonzero(sure >= bound)
        values = sure[kept]
    else:
        values = sure
    bound = np.partition(values, len(values) - count)[len(values) - count]
    found: NDArray[np.int64] = np.flatnonzero(scores + errors >= bound)
    return found
