"""A configuration at work, as its thread and its audit trail see it."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from ..settings import Settings
from .counters import Counters
from .snapshot import Snapshot

log = logging.getLogger("hushflake.config")


class Running(Protocol):
    """What `Runtime` does for those that it starts."""

    settings: Settings
    counters: Counters
    snapshot: Snapshot | None

    def due_in(self) -> float:
        """Seconds until the sources have to be asked again; negative when overdue."""
        ...

    def refresh(self, *, everything: bool = True) -> None:
        """Ask the sources again.

        Args:
            everything: Also those whose own time to live is not over.
        """
        ...

    def flush(self) -> None:
        """Write what the audit trail holds."""
        ...


def quietly(action: Callable[[], Any]) -> None:
    """The audit trail must never take the application down."""
    try:
        action()
    except Exception as error:
        log.warning("the audit trail could not be written (%s)", type(error).__name__)
