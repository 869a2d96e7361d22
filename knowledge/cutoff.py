"""Which hits of an answer are worth a reader's time, and whether any is. Pure.

A search always finds something: the rows that are least unlike the question. Programs get them
all; a person is shown those that stand out, and told when none does.
"""

from collections.abc import Sequence
from typing import Final

from .scoring import EXACT_WEIGHT
from .search import Hit

# Found on the labelled questions over the shipped rows and on 20 questions that nothing answers;
# docs/knowledge.md tells how often it is right on others.
_ANSWER: Final = 0.3
_SHARE: Final = 0.15  # of the best score
_FLOOR: Final = 0.1


def clear_hits(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the hits without the hopeless ones, in their order; none when nothing answers.

    What was named exactly stays. Scores are taken without what an exact name adds: beside a named
    row another one stays when its score is at least 0.3. Without a named row, the best score must
    be at least 0.3, and others stay with 0.15 of it, and at least 0.1.

    Args:
        hits: The first page of an answer, best first.
    """
    softs = [hit.score - EXACT_WEIGHT * hit.reasons.get("exact", 0.0) for hit in hits]
    best = max(softs, default=0.0)
    if any(hit.reasons.get("exact") for hit in hits):
        least = _ANSWER
    elif best < _ANSWER:
        return ()
    else:
        least = max(_FLOOR, _SHARE * best)
    return tuple(
        hit
        for hit, soft in zip(hits, softs, strict=True)
        if hit.reasons.get("exact") or soft >= least
    )
