"""Time limits and cancelling: everything that runs for a statement asks here, or is interrupted.

A statement runs on one thread, which knows it (`running`). DuckDB is interrupted from a thread of
its own, again and again until the statement ends, because an interrupt between two of its queries
is lost; Python asks `check` between steps and while it waits for a lock.

https://docs.snowflake.com/en/sql-reference/parameters#statement-timeout-in-seconds
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import duckdb

from ..language.errors import SqlError

_TICK = 0.02
# What an uncancelled statement costs its watcher: a look so often.
_LOOK = 0.2
CANCELED, TIMED_OUT = 604, 630


class Running:
    """A statement on its way, with everything that it runs in turn.

    Args:
        query_id: Under which others may cancel it; empty for what the stack runs by itself.
        user: Whose it is.
        session: The number of the session that runs it.
    """

    def __init__(self, query_id: str = "", user: int = 0, session: int = 0) -> None:
        self.query_id, self.user, self.session = query_id, user, session
        self._lock = threading.RLock()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._shields = 0
        self._canceled = False
        # Innermost last: when the time is over, and how long it was.
        self._limits: list[tuple[float, float]] = []

    def cancel(self) -> None:
        """Let the statement end as soon as it can."""
        self._canceled = True

    @property
    def over(self) -> bool:
        """Whether it was cancelled, or has no time left."""
        return self._canceled or any(time.monotonic() > end for end, _ in tuple(self._limits))

    def error(self) -> SqlError:
        """Return the error with which it ends."""
        moment = time.monotonic()
        late = [seconds for end, seconds in self._limits if moment > end]
        if late and not self._canceled:
            return SqlError(
                f"Statement reached its statement or warehouse timeout of {min(late):g} second(s) "
                "and was canceled.",
                TIMED_OUT,
                "57014",
            )
        return SqlError("SQL execution canceled", CANCELED, "57014")

    def check(self) -> None:
        """Fail when the statement is to end.

        Raises:
            SqlError: 000604 or 000630.
        """
        if self.over:
            raise self.error()

    @contextlib.contextmanager
    def tracking(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Interrupt this connection too when the statement is to end."""
        with self._lock:
            self._cursors.append(cursor)
        try:
            yield
        finally:
            with self._lock:
                self._cursors.remove(cursor)

    def interrupt(self) -> None:
        """Interrupt what runs in DuckDB, unless it must come to its end."""
        with self._lock:
            if self._shields == 0:
                for cursor in self._cursors:
                    with contextlib.suppress(duckdb.Error):
                        cursor.interrupt()

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Let a part of it take no longer; 0 is no limit."""
        if not seconds:
            yield
            return
        self._limits.append((time.monotonic() + seconds, seconds))
        try:
            yield
        finally:
            self._limits.pop()

    @contextlib.contextmanager
    def shield(self) -> Iterator[None]:
        """Interrupt nothing meanwhile: a commit, a rollback."""
        with self._lock:
            self._shields += 1
        try:
            yield
        finally:
            with self._lock:
                self._shields -= 1


_current: ContextVar[Running | None] = ContextVar("statement", default=None)


class Watch:
    """Interrupts the statements of a stack that are to end."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[Running] = set()
        self._thread: threading.Thread | None = None
        self._closing = False

    @contextlib.contextmanager
    def statement(self, running: Running | None = None) -> Iterator[Running]:
        """Run a statement on this thread; one within another is a part of it."""
        outer = _current.get()
        if outer is not None:
            yield outer
            return
        running = running or Running()
        token = _current.set(running)
        with self._changed:
            if self._closing:
                running.cancel()
            self._running.add(running)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="limits", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            yield running
        finally:
            _current.reset(token)
            with self._changed:
                self._running.discard(running)

    def cancel_all(self) -> None:
        """Cancel what runs, and what comes after."""
        with self._changed:
            self._closing = True
        self.cancel_running()

    def cancel_running(self) -> None:
        """Cancel what runs."""
        with self._changed:
            for running in self._running:
                running.cancel()
            self._changed.notify()

    def cancel(self, user: int, query_id: str) -> bool:
        """Cancel a statement of a user, and tell whether it runs."""
        with self._changed:
            found = [
                running
                for running in self._running
                if running.user == user and running.query_id == query_id
            ]
        for running in found:
            running.cancel()
        return bool(found)

    def cancel_session(self, user: int, session: int) -> bool:
        """Cancel the statement of a user's session, and tell whether one runs."""
        with self._changed:
            found = [
                running
                for running in self._running
                if running.user == user and running.session == session
            ]
        for running in found:
            running.cancel()
        return bool(found)

    def check(self) -> None:
        """Fail when the stack stops, or the statement of this thread is to end.

        Raises:
            SqlError: 000604 or 000630.
        """
        check()
        if self._closing:
            raise SqlError("SQL execution canceled", CANCELED, "57014")

    @property
    def idle(self) -> bool:
        """Whether nothing runs."""
        return not self._running

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closing = True
            self._running.clear()
            self._changed.notify()

    def _look(self) -> None:
        while True:
            with self._changed:
                if not self._running:
                    self._changed.wait(5)
                if not self._running:
                    # Nothing to watch: the next statement starts another thread.
                    self._thread = None
                    return
                over = [running for running in self._running if running.over]
            for running in over:
                running.interrupt()
            time.sleep(_TICK if over else _LOOK)


def current() -> Running | None:
    """Return the statement that this thread runs."""
    return _current.get()


def check() -> None:
    """Fail when the statement of this thread is to end."""
    running = _current.get()
    if running is not None:
        running.check()


@contextlib.contextmanager
def tracking(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt a connection with the statement of this thread, meanwhile."""
    running = _current.get()
    if running is None:
        yield
        return
    with running.tracking(cursor):
        yield


@contextlib.contextmanager
def shielded() -> Iterator[None]:
    """Interrupt nothing of this thread's statement meanwhile."""
    running = _current.get()
    if running is None:
        yield
        return
    with running.shield():
        yield


@contextlib.contextmanager
def holding(lock: Any) -> Iterator[None]:
    """Hold one of `threading`'s locks, and wait for it no longer than the statement may."""
    while not lock.acquire(timeout=0.1):
        check()
    try:
        yield
    finally:
        lock.release()


def sleep(seconds: float) -> None:
    """Wait, no longer than the statement may."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        check()
        time.sleep(min(left, 0.05))
