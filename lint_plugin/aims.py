"""What a run wants beside the findings of the rules."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .known import Known


class Aims(NamedTuple):
    """What a run wants beside the findings of the rules; nothing of it goes into a cache.

    Attributes:
        key: That of the fingerprints of credentials; without one findings have none.
        known: Values to look for in every file, also in those of no kind of the settings.
    """

    key: bytes = b""
    known: "Known | None" = None


NOTHING = Aims()
