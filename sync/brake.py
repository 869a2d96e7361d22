"""The brake on mass deletion: what one cycle may take away without being asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from hushflake.schema.notion import Brake

from .types import Decision


@dataclass(frozen=True)
class Braked:
    """The decisions that may be carried out, and the deletions that were held back."""

    go: tuple[Decision, ...]
    held: tuple[Decision, ...] = ()


def brake(
    decisions: Sequence[Decision], linked: int, limit: Brake, *, allow: bool, others: int = 0
) -> Braked:
    """Hold back all deletions when there are too many: a part of them would be no safer.

    Args:
        linked: Pairs that the entity has.
        limit: One deletion always passes; more only up to `rows` and up to `percent` of `linked`.
        allow: The caller has said that the deletions are meant.
        others: Deletions of other parts of the same cycle, done, held back or still to come.
    """
    deletions = tuple(item for item in decisions if item.deletes)
    count = len(deletions) + others
    too_many = count > 1 and (count > limit.rows or 100 * count > limit.percent * linked)
    if allow or not too_many:
        return Braked(tuple(decisions))
    return Braked(tuple(item for item in decisions if not item.deletes), deletions)
