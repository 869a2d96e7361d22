"""Work for several threads, each with a session of its own while it works."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from .session import Session

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class Pool:
    """Lends a session and its spares to threads; they stay open when the work is done."""

    def __init__(self, session: Session, size: int) -> None:
        self.size = max(1, size)
        self._session = session
        self._is_lent = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[Session]:
        """Lend a session to this thread."""
        if not self._is_lent.acquire(blocking=False):
            with self._session.spares.lend() as spare:
                yield spare
            return
        try:
            yield self._session
        finally:
            self._is_lent.release()

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
