"""What a target holds already, compared without showing a value."""

import hmac
import secrets
from collections.abc import Mapping

from ..errors import ConflictError
from ..inventory.esc import PLACEHOLDER
from .targets import Target


def present(target: Target, values: Mapping[str, str]) -> list[str]:
    """Return the keys that the target holds already, with the same values.

    Raises:
        ConflictError: Some of them have other values there.
    """
    held = target.read(list(values)) if values else {}
    # What `inventory --format esc` left to be filled in is filled in now.
    held = {key: value for key, value in held.items() if value != PLACEHOLDER.format(key)}
    wrong = differing(held, {key: values[key] for key in held})
    if wrong:
        raise ConflictError(
            "these keys exist in the target with other values; nothing was changed. Make them "
            "equal on one side, or rename them:",
            wrong,
        )
    return list(held)


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the keys with different values, compared by a hash keyed for this call alone."""
    key = secrets.token_bytes(32)

    def digest(value: str) -> bytes:
        return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256")

    return sorted(
        name
        for name in other
        if name not in one or not hmac.compare_digest(digest(one[name]), digest(other[name]))
    )
