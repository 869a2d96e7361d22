"""What a run wants beside the findings of the rules."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .kinds.table import Kinds
    from .known.values import Known


class Aims(NamedTuple):
    """What a run wants beside the findings of the rules; nothing of it goes into a cache.

    Attributes:
        key: That of the fingerprints of credentials; without one findings have none.
        known: Values to look for in every file, also in those of no kind that is looked at.
        kinds: The kinds of files that the rules look at then; those of the settings when None.
    """

    key: bytes = b""
    known: "Known | None" = None
    kinds: "Kinds | None" = None


NOTHING = Aims()
