"""One deployment at a time: a lease on one row, taken by one conditional UPDATE.

The row is seeded once, by the statement that creates its table, so that two first deployments
cannot seed two. Taking it raises the fencing number; every later statement of the journal
names that number, and the clock is the server's alone. The holder renews the lease from a
thread of its own and asks again before each wave of statements.
"""

import threading
import time
from dataclasses import dataclass, field

from .errors import DeployError, LockedError, LockLostError
from .session import Session

LEASE_SECONDS = 60
# A confirmation this fresh needs no second one: the lease is sixty times as long.
_FRESH_SECONDS = 1.0


@dataclass
class Lock:
    """The lock of one journal.

    Attributes:
        table: Full name of the table of one row.
        holder: Who holds it, unique for each deployment.
        fence: Raised by every taking; 0 before it is held.
    """

    session: Session
    table: str
    holder: str
    lease_seconds: int = LEASE_SECONDS
    fence: int = 0
    _confirmed: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _keeper: threading.Thread | None = field(default=None, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, wait_seconds: float = 0.0) -> int:
        """Take the lock and return the fencing number.

        Args:
            wait_seconds: How long to wait for another holder before refusing.

        Raises:
            LockedError: Another deployment holds it.
            DeployError: The table does not hold exactly one row.
        """
        deadline = time.monotonic() + wait_seconds
        pause = min(2.0, self.lease_seconds / 10)
        while True:
            began = time.monotonic()
            if self._try():
                self._confirmed = began
                self._keeper = threading.Thread(target=self._keep, daemon=True, name="lease")
                self._keeper.start()
                return self.fence
            if time.monotonic() + pause > deadline:
                raise LockedError(self._who())
            time.sleep(pause)

    def confirm(self, *, anew: bool = False) -> None:
        """Make sure that we still hold the lock, and renew the lease.

        Args:
            anew: Ask the server, however fresh its last word is.

        Raises:
            LockLostError: Another deployment took it, or the server did not confirm in time.
        """
        with self._guard:
            if not anew and time.monotonic() - self._confirmed < _FRESH_SECONDS:
                return
            self._renew()

    def forget(self) -> None:
        """Stop renewing the lease, and leave the row as it is."""
        self._stop.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        self.forget()
        with self._guard:
            self.session.execute(
                f"UPDATE {self.table} SET HOLDER = NULL, EXPIRES_AT = NULL "
                "WHERE HOLDER = ? AND FENCE = ?",
                (self.holder, self.fence),
                idempotent=True,
            )

    def _try(self) -> bool:
        # Without an answer the row is read again: `HOLDER = ?` lets our own taking count.
        result = self.session.execute(
            f"UPDATE {self.table} SET HOLDER = ?, FENCE = FENCE + 1, EXPIRES_AT = "
            f"DATEADD(second, {self.lease_seconds}, CURRENT_TIMESTAMP()) "
            "WHERE HOLDER IS NULL OR HOLDER = ? OR EXPIRES_AT < CURRENT_TIMESTAMP()",
            (self.holder, self.holder),
            idempotent=True,
        )
        if result.changed not in (0, 1):
            raise DeployError(
                f"{self.table} must hold exactly one row, but {result.changed} were changed: "
                "drop the table; the next deployment seeds it again"
            )
        if result.changed == 0:
            return False
        rows = self.session.query(f"SELECT HOLDER, FENCE FROM {self.table}")
        if len(rows) != 1 or rows[0]["HOLDER"] != self.holder:
            return False
        self.fence = int(rows[0]["FENCE"])
        return True

    def _renew(self) -> None:
        began = time.monotonic()
        result = self.session.execute(
            f"UPDATE {self.table} SET EXPIRES_AT = "
            f"DATEADD(second, {self.lease_seconds}, CURRENT_TIMESTAMP()) "
            "WHERE HOLDER = ? AND FENCE = ?",
            (self.holder, self.fence),
            idempotent=True,
        )
        if result.changed != 1 or time.monotonic() - self._confirmed > self.lease_seconds:
            raise LockLostError(
                "the lease on the stack ran out and another deployment may have taken it; nothing "
                f"more was sent. {self._who()}"
            )
        self._confirmed = began

    def _keep(self) -> None:
        while not self._stop.wait(self.lease_seconds / 3):
            try:
                with self._guard:
                    self._renew()
            except DeployError:
                # The next `confirm` meets the same and stops the deployment.
                self._confirmed = float("-inf")
                return

    def _who(self) -> str:
        rows = self.session.query(
            f"SELECT HOLDER, FENCE, DATEDIFF(second, CURRENT_TIMESTAMP(), EXPIRES_AT) AS LEFT_OVER "
            f"FROM {self.table}"
        )
        if not rows:
            raise DeployError(
                f"{self.table} holds no row, so nobody can take the lock: drop the table; the next "
                "deployment seeds it again"
            )
        if rows[0]["HOLDER"] is None:
            return "The lock is free again; run the command once more"
        row = rows[0]
        return (
            f"{row['HOLDER']} is deploying to this account (deployment number {row['FENCE']}); "
            f"its lease ends in {row['LEFT_OVER']} s unless it is renewed: wait with --wait SECONDS"
        )
