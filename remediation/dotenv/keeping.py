"""Puts values into a target and reads them back. What it holds already is never overwritten."""

from collections.abc import Mapping

from ..errors import ConflictError, RemediationFailureError
from .comparison import differing, present
from .targets import Target
from .targets.base import StaleTargetError


def keep(target: Target, values: Mapping[str, str]) -> None:
    """Put those of the values into a target that it does not hold yet.

    Raises:
        ConflictError: It holds other values under these keys.
        RemediationFailureError: Somebody else changed it twice meanwhile.
    """
    for attempt in (1, 2):
        held = present(target, values)
        missing = {key: value for key, value in values.items() if key not in held}
        if not missing:
            return
        try:
            target.write(missing)
        except StaleTargetError:
            if attempt == 2:
                raise RemediationFailureError(
                    "the target was changed by somebody else twice while keys were imported; "
                    "nothing was removed. Run the same command again later"
                ) from None
        else:
            return


def verify(target: Target, values: Mapping[str, str]) -> None:
    """Read every value back and compare it byte for byte.

    Raises:
        ConflictError: Some did not come back as they were sent.
    """
    if not values:
        return
    wrong = differing(target.read(list(values)), values)
    if wrong:
        raise ConflictError(
            "these keys did not come back from the target as they were sent; nothing was removed:",
            wrong,
        )
