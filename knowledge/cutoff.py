"""Which hits of an answer are worth a reader's time. Pure.

A search always finds something: the rows that are least unlike the question. Programs get them
all; a person is shown those that stand out.
"""

from collections.abc import Sequence
from typing import Final

from .search import Hit

# Found on the labelled questions over the shipped rows (tests/knowledge/questions.yaml): with these
# every right answer among the first ten stays. See docs/knowledge.md.
_SHARE: Final = 0.25  # of the best score
_FLOOR: Final = 0.1


def clear_hits(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the hits without the hopeless ones, in their order.

    What was named exactly stays, and so does the best hit, however weak it is. Another one stays
    when its score, without what an exact name adds, is at least a quarter of the best such score,
    and at least 0.1.

    Args:
        hits: The first page of an answer, best first.
    """
    softs = [hit.score - hit.reasons.get("exact", 0.0) for hit in hits]
    least = max(_FLOOR, _SHARE * max(softs, default=0.0))
    return tuple(
        hit
        for rank, (hit, soft) in enumerate(zip(hits, softs, strict=True))
        if not rank or hit.reasons.get("exact") or soft >= least
    )
