"""The stack that a server has open: another one after it was put back to a snapshot."""

from dataclasses import dataclass
from typing import Protocol

from ...engine.engine import Engine


@dataclass
class Opened:
    """What all routes share; `engine` is replaced while nothing runs."""

    engine: Engine


class SnapshotFiles(Protocol):
    """Takes and restores snapshots of the file of the stack."""

    def require(self, action: str) -> None:
        """Fail when an action cannot be done.

        Raises:
            BadRequestError: There is no snapshot to restore.
        """

    def run(self, action: str) -> None:
        """Do it, and replace the engine; no session is open."""
