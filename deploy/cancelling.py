"""Statements that a person waits for and may cancel with Ctrl-C.

The connector waits for the server in code that no signal reaches, so the statement runs on another
thread, and this one waits. A second session of the same user cancels it.
"""

import contextlib
import threading
from typing import Final

from .errors import DeployError, StatementError
from .session import Fetched, Session

_POLL_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 1.0  # a statement that is not running yet cannot be cancelled yet


class CancelledError(DeployError):
    """The person who waited cancelled the statement."""

    exit_code = 130


class Runner:
    """Runs the statements of one person on one session, one after another."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._id = str(session.query("SELECT CURRENT_SESSION() AS ID")[0]["ID"])

    def run(self, sql: str, limit: int) -> Fetched:
        """Run one statement and return at most `limit` rows.

        Raises:
            StatementError: The server refused it, or no answer came.
            CancelledError: Ctrl-C was pressed, and the statement was cancelled.
            KeyboardInterrupt: Ctrl-C was pressed again, before it was.
        """
        work = _Work(self.session, sql, limit)
        work.start()
        try:
            work.wait()
        except KeyboardInterrupt:
            self._cancel(work)
            raise CancelledError("the statement was cancelled") from None
        return work.result()

    def _cancel(self, work: "_Work") -> None:
        sql = f"SELECT SYSTEM$CANCEL_ALL_QUERIES({int(self._id)})"
        with contextlib.suppress(DeployError), self.session.fork() as other:
            # Also when nobody waits any more: the newer connector gives up at a signal, and the
            # server goes on.
            other.query(sql)
            while not work.wait(_AGAIN_SECONDS):
                other.query(sql)
        work.wait()


class _Work(threading.Thread):
    """One statement on its way; a daemon, so that a server that never answers holds nobody."""

    def __init__(self, session: Session, sql: str, limit: int) -> None:
        super().__init__(daemon=True, name="statement")
        self._session, self._sql, self._limit = session, sql, limit
        self._fetched: Fetched | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._fetched = self._session.fetch(self._sql, self._limit)
        except BaseException as error:  # a signal may be raised here by the connector
            self._error = error

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it ended, and tell whether it did; Ctrl-C is noticed at once."""
        if seconds is not None:
            self.join(seconds)
            return not self.is_alive()
        while self.is_alive():
            self.join(_POLL_SECONDS)
        return True

    def result(self) -> Fetched:
        """Return what came, or raise it."""
        if self._fetched is None:
            raise self._error or AssertionError("it has not ended")
        return self._fetched


def is_mistake(error: StatementError) -> bool:
    """Whether the server answered that the statement is wrong, as opposed to a fault."""
    return not (error.unknown or error.transient)
