"""The sessions beside a session: opened when they are needed, kept for whoever needs one next.

An apply reads, reads again under the lock, and runs. All of it draws on the spares of one session,
so that it signs in once for each statement in flight, and not for each step of the way.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Forking(Protocol):
    """What spares ask of a session; `session.Session` says what each means."""

    def fork(self) -> Self: ...

    def become_like(self, model: Self) -> None: ...

    @property
    def is_shared(self) -> bool: ...

    def close(self) -> None: ...


_Session = TypeVar("_Session", bound=Forking)


class Spares(Generic[_Session]):
    """Sessions like a model: with its role, warehouse, query tag and trace of the moment in which
    they are lent. A session whose state nobody knows is replaced by a new one."""

    def __init__(self, model: _Session) -> None:
        self._model = model
        self._guard = threading.Lock()
        self._free: list[_Session] = []
        self._lent: list[_Session] = []

    @contextmanager
    def lend(self) -> "Iterator[_Session]":
        """Lend a session to this thread."""
        session = self._take()
        try:
            yield session
        except Exception:
            self._give_back(session)
            raise
        # Whoever is interrupted leaves a statement behind: that session is nobody's until the end.
        self._give_back(session)

    @contextmanager
    def lend_many(self) -> "Iterator[Callable[[], _Session]]":
        """Lend as many sessions as there are calls of what is returned, from any thread."""
        taken: list[_Session] = []

        def take() -> _Session:
            taken.append(self._take())
            return taken[-1]

        yield take
        # After an exception its workers may still be at work with them.
        for session in taken:
            self._give_back(session)

    def close(self) -> None:
        """Close all of them, also those that are lent."""
        with self._guard:
            sessions = [*self._lent, *self._free]
            self._lent, self._free = [], []
        if sessions:
            # Each says farewell to the server, and that takes a round trip.
            with ThreadPoolExecutor(len(sessions)) as threads:
                list(threads.map(lambda session: session.close(), sessions))

    def _take(self) -> _Session:
        with self._guard:
            session = self._free.pop() if self._free else None
        if session is None:
            session = self._model.fork()
        else:
            session.become_like(self._model)
        with self._guard:
            self._lent.append(session)
        return session

    def _give_back(self, session: _Session) -> None:
        with self._guard:
            if any(session is other for other in self._lent):
                self._lent = [other for other in self._lent if other is not session]
                if not session.is_shared:
                    self._free.append(session)
