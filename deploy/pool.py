"""Several sessions with one account, handed to threads and kept open between uses."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from .session import Session

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class Pool:
    """Lends sessions; opens one only when all others are lent."""

    def __init__(self, session: Session, size: int) -> None:
        """Take `session` as the model of all others; it is lent too, and not closed."""
        self.size = max(1, size)
        self._model = session
        self._free = [session]
        self._made: list[Session] = []
        self._guard = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[Session]:
        """Lend a session to this thread."""
        session = self.take()
        try:
            yield session
        finally:
            self.give_back(session)

    def take(self) -> Session:
        """Return a session for this thread alone, until `give_back`."""
        with self._guard:
            if self._free:
                return self._free.pop()
        made = self._model.fork()
        with self._guard:
            self._made.append(made)
        return made

    def give_back(self, session: Session) -> None:
        """Return what `take` gave."""
        with self._guard:
            self._free.append(session)

    def map(
        self, work: Callable[[Session, ItemT], ResultT], items: Sequence[ItemT]
    ) -> list[ResultT]:
        """Return `work(session, item)` for all items, in their order, several at a time."""
        if len(items) <= 1 or self.size == 1:
            with self.lend() as session:
                return [work(session, item) for item in items]

        def one(item: ItemT) -> ResultT:
            with self.lend() as session:
                return work(session, item)

        with ThreadPoolExecutor(min(self.size, len(items))) as threads:
            return list(threads.map(one, items))

    def close(self) -> None:
        """Close the sessions that were opened here."""
        for session in self._made:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
