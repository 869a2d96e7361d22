"""Measures of one ranked answer, and of many. Pure.

Definitions: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002 (nDCG,
with the grade itself as the gain, as trec_eval has it); Voorhees, TREC-8 question answering, 1999
(reciprocal rank).
"""

from collections.abc import Mapping, Sequence
from math import log2


def recall_at(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Return the share of the right rows that are among the first `k`.

    Args:
        ranked: Ids of rows, best first, each once.
        grades: Id of each right row -> how right it is, 1 or more; not empty.
        k: 1 or more.
    """
    return len(set(ranked[:k]) & grades.keys()) / len(grades)


def ndcg_at(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Return the discounted gain of the first `k`, as a share of the best possible one.

    Arguments as `recall_at`.
    """
    best = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain([grades.get(row, 0) for row in ranked[:k]]) / best


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """Return 1 / the rank of the first right row; 0 when none is there."""
    rank = first_rank(ranked, grades)
    return 1 / rank if rank else 0.0


def first_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> int | None:
    """Return the rank of the first right row, 1 for the first place; None when none is there."""
    return next((n for n, row in enumerate(ranked, 1) if row in grades), None)


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    return sum(values) / len(values) if values else None


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / log2(place + 1) for place, grade in enumerate(grades, 1))
