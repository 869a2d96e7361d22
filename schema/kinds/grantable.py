"""What can be granted on which kind, noted as each kind is defined. Not a kind."""

from collections.abc import Mapping
from typing import Final

# Kind -> its privileges (`Kind.privileges`).
PRIVILEGES: Final[dict[str, tuple[str, ...]]] = {}
# `tables` -> `table`, of the kinds that ALL and FUTURE know (`Kind.plural`).
PLURALS: Final[dict[str, str]] = {}


def note(name: str, privileges: tuple[str, ...], plural: str) -> None:
    """Take in a kind, ours or of another package."""
    if privileges:
        PRIVILEGES[name] = privileges
    if plural:
        PLURALS[plural] = name


def plural_of() -> Mapping[str, str]:
    """Kind -> plural."""
    return {kind: plural for plural, kind in PLURALS.items()}
