"""What a caller may ask of a cycle, and is told while it runs."""

from collections.abc import Callable
from dataclasses import dataclass

FULL_EVERY = 6 * 3600.0  # seconds: everything is compared, whatever was said to have changed
Tell = Callable[[str, int, int], None]
"""Told of progress: (entity, decisions carried out, decisions)."""


@dataclass
class Options:
    """What a caller may ask of a cycle.

    Attributes:
        full: Compare everything now.
        full_every: Seconds after which everything is compared anyway.
        allow_deletes: Lift the brake on mass deletion.
    """

    dry_run: bool = False
    full: bool = False
    full_every: float = FULL_EVERY
    allow_deletes: bool = False
    holder: str = "sync"
