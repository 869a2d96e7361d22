"""Do one thing to many files in several processes; a file that ends a process ends no other's work.

What starts processes is imported when it starts them: most runs are about few files.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from hushflake.lint_plugin.analysis import uncollected

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Below this many, starting processes costs more than it saves.
_WORTH_PROCESSES = 200
# How many a process takes at a time.
_CHUNK = 24


def spread(
    work: Callable[[Item], Answer], items: Sequence[Item], jobs: int
) -> Iterator[list[tuple[Item, Answer | None]]]:
    """Yield what `work` returns for each item, some at a time, in any order.

    Args:
        work: Pickles, and raises nothing.
        items: What to work on; they pickle.
        jobs: Number of processes.

    Yields:
        Pairs of item and answer; no answer for an item that ended its process.
    """
    if jobs < 2 or len(items) < _WORTH_PROCESSES:
        with uncollected():
            for item in items:
                yield [(item, work(item))]
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    left = [items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK)]
    try:
        with ProcessPoolExecutor(jobs, _context(), _prepare, (work,)) as pool:
            futures = {pool.submit(_work_on, chunk): chunk for chunk in left}
            for future in as_completed(futures):
                answers = future.result()
                left.remove(futures[future])
                yield list(zip(futures[future], answers, strict=True))
    except BrokenProcessPool:
        # An item ended a process (out of memory, a crash of the parser): find it, keep the rest.
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
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    try:
        with ProcessPoolExecutor(1, _context(), _prepare, (work,)) as pool:
            return pool.submit(_work_on, chunk).result()
    except BrokenProcessPool:
        return None


def _context() -> "BaseContext":
    """Return how to start processes: `fork` where it is at home and safe, else `spawn`."""
    import sys
    import threading
    from multiprocessing import get_context

    plain = sys.platform == "linux" and threading.active_count() == 1
    return get_context("fork" if plain else "spawn")


_work: Callable[[Any], Any]


def _prepare(work: Callable[[Any], Any]) -> None:
    import signal

    from hushflake.lint_plugin.worker import end_with_parent

    global _work  # noqa: PLW0603 - a worker process has one, sent once and not with each chunk
    _work = work
    # The parent ends a run that is interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _work_on(chunk: Sequence[Any]) -> list[Any]:
    with uncollected():
        return [_work(item) for item in chunk]
