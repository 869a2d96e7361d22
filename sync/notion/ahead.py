"""Contents of pages, read ahead by a few threads: an answer takes longer than the rate asks for.

At three requests a second and answers that take one, three are under way at once. All of them go
through one `Patience`, so that neither the rate nor a pause that Notion asks for is passed by.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Ahead(Generic[K, T]):
    """Reads items in order, no more than `width` of them before they are taken.

    The threads are daemons: a process that is interrupted does not wait for them.
    """

    def __init__(self, read: Callable[[K], T], keys: Sequence[K], width: int) -> None:
        self._read = read
        self._waiting = list(dict.fromkeys(reversed(keys)))  # the next one is the last
        self._begun: dict[K, Future[T]] = {}
        self._room = threading.Semaphore(width)
        self._guard = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, daemon=True, name=f"ahead-{number}")
            for number in range(min(width, len(self._waiting)))
        ]
        for thread in self._threads:
            thread.start()

    def take(self, key: K) -> T | None:
        """Return an item, once; None: it is not being read. Raises what its reading raised."""
        with self._guard:
            future = self._begun.pop(key, None)
            if future is None:
                if key in self._waiting:
                    self._waiting.remove(key)  # whoever asks reads it
                return None
        self._room.release()
        return future.result()

    def end(self) -> None:
        """Begin no other read."""
        with self._guard:
            self._waiting.clear()
        self._room.release()

    def wait(self, seconds: float) -> None:
        """Wait so long, after `end`, for the reads that are under way."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while True:
            self._room.acquire()
            with self._guard:
                if not self._waiting:
                    self._room.release()  # for the other threads to end too
                    return
                key = self._waiting.pop()
                future = self._begun[key] = Future()
            try:
                future.set_result(self._read(key))
            except BaseException as error:
                future.set_exception(error)
