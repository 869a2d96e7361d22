"""The lock of a stack, as the sync holds it: the lease of `deploy.lock` on a session of its own."""

from dataclasses import dataclass

from hushflake.deploy.lock import Lock
from hushflake.deploy.session import Session


@dataclass
class TableLease:
    """The one row of a table, held through a session that does nothing else."""

    session: Session
    table: str
    holder: str
    _lock: Lock | None = None

    def take(self) -> None:
        """Take it.

        Raises:
            LockedError: Somebody else has it.
        """
        lock = Lock(self.session, self.table, self.holder)
        lock.take()
        self._lock = lock

    def confirm(self, *, anew: bool = False) -> None:
        """Make sure that it is still ours.

        Raises:
            LockLostError: It is not.
        """
        if self._lock is not None:
            self._lock.confirm(anew=anew)

    def release(self) -> None:
        """Give it back, if it is still ours."""
        if self._lock is not None:
            lock, self._lock = self._lock, None
            lock.release()

    def close(self) -> None:
        """End the session."""
        self.session.close()
