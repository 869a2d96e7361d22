"""Do one thing to many files in several processes; a file that ends a process ends no other's work.

What starts processes is imported when it starts them: most runs are about few files.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from hushflake.lint_plugin.analysis import uncollected

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.context import BaseContext

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Below this many, starting processes costs more than it saves.
_WORTH_PROCESSES = 200
# How many a process takes at a time: at least so many, and more of many.
_CHUNK = 24
_CHUNKS = 32


class Workers:
    """Processes that are started when they are worth it, and end with the `with` block.

    Args:
        jobs: How many.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def spread(
        self, work: Callable[[Item], Answer], items: Sequence[Item]
    ) -> Iterator[list[tuple[Item, Answer | None]]]:
        """Yield what `work` returns for each item, some at a time, in any order.

        Args:
            work: Pickles, and raises nothing.
            items: What to work on; they pickle.

        Yields:
            Pairs of item and answer; no answer for an item that ended its process.
        """
        if self._jobs < 2 or len(items) < _WORTH_PROCESSES:
            with uncollected():
                for item in items:
                    yield [(item, work(item))]
            return
        from hushflake.lint_plugin import forked

        size = max(_CHUNK, len(items) // (self._jobs * _CHUNKS))
        left = [items[at : at + size] for at in range(0, len(items), size)]
        if self._pool is None and forked.can_fork():
            done: set[int] = set()
            for number, answers in forked.spread(partial(_work_on, work), left, self._jobs):
                done.add(number)
                yield list(zip(left[number], answers, strict=True))
            yield from _found(work, [chunk for at, chunk in enumerate(left) if at not in done])
            return
        from concurrent.futures import as_completed
        from concurrent.futures.process import BrokenProcessPool

        if self._pool is None:
            self._pool = _pool(self._jobs)
        try:
            futures = {self._pool.submit(_work_on, work, chunk): chunk for chunk in left}
            for future in as_completed(futures):
                answers = future.result()
                left.remove(futures[future])
                yield list(zip(futures[future], answers, strict=True))
        except BrokenProcessPool:
            self._end()
            yield from _found(work, left)


def _found(
    work: Callable[[Item], Answer], left: list[Sequence[Item]]
) -> Iterator[list[tuple[Item, Answer | None]]]:
    """Work on what a process left that one of its items ended: find the item, keep the rest.

    The process was out of memory, or the parser crashed.
    """
    while left:
        chunk = left.pop()
        found = _apart(work, chunk)
        if found is not None:
            yield list(zip(chunk, found, strict=True))
        elif len(chunk) == 1:
            yield [(chunk[0], None)]
        else:
            middle = len(chunk) // 2
            left += [chunk[:middle], chunk[middle:]]


def _apart(work: Callable[[Item], Answer], chunk: Sequence[Item]) -> list[Answer] | None:
    """Work on a chunk in a process of its own; `None` if one of its items ended it."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        with _pool(1) as pool:
            return pool.submit(_work_on, work, chunk).result()
    except BrokenProcessPool:
        return None


def _pool(jobs: int) -> "ProcessPoolExecutor":
    from hushflake.lint_plugin.worker import pool

    return pool(jobs, _prepare, context=_context())


def _context() -> "BaseContext":
    """Return how to start processes: `fork` where it is at home and safe, else `spawn`."""
    import sys
    import threading
    from multiprocessing import get_context

    plain = sys.platform == "linux" and threading.active_count() == 1
    return get_context("fork" if plain else "spawn")


def _prepare() -> None:
    import signal

    from hushflake.lint_plugin.worker import end_with_parent

    # The parent ends a run that is interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _work_on(work: Callable[[Item], Answer], chunk: Sequence[Item]) -> list[Answer]:
    with uncollected():
        return [work(item) for item in chunk]
