"""Work in forked processes without a pool, where the system can fork.

A pool of `concurrent.futures` takes as long to start and to end as some hundred files take to be
checked. Here the numbers of the items stand in one pipe, from which each process takes the next
one; what comes of it goes back through a pipe of its own. A process that ends early, because a file
crashes the parser or takes all memory, leaves the items without an answer to its caller.
"""

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# A number in the pipe of items, and the head of an answer: the number and the size.
_NUMBER, _SIZE = 4, 8
# What a pipe of Linux takes at once without a reader.
MOST_ITEMS = 65536 // _NUMBER
_READ = 1 << 20


def can_fork() -> bool:
    """Say whether forking is at home here, and safe: no other thread may hold a lock."""
    threading = sys.modules.get("threading")
    is_alone = threading is None or threading.active_count() == 1
    return sys.platform == "linux" and is_alone


def spread(
    work: Callable[[Item], Answer], items: Sequence[Item], jobs: int
) -> Iterator[tuple[int, Answer]]:
    """Yield the number of each item and what `work` returns for it, in the order they are done.

    Items of a process that ended early are missing.

    Args:
        work: Raises nothing; what it returns pickles.
        items: At most `MOST_ITEMS`.
        jobs: How many processes.
    """
    import pickle  # before the fork, so that no process imports it alone

    numbers, filled = os.pipe()
    os.write(filled, b"".join(number.to_bytes(_NUMBER, "little") for number in range(len(items))))
    os.close(filled)
    running: dict[int, int] = {}  # its end of the pipe -> process
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        for _ in range(jobs):
            ours, theirs = os.pipe()
            process = os.fork()
            if process == 0:
                # With a reader of its own no process would notice that the parent is gone.
                for end in (ours, *running):
                    os.close(end)
                _work_and_end(work, items, numbers, theirs, pickle.dumps)
            os.close(theirs)
            running[ours] = process
        os.close(numbers)
        for number, answer in _answers(running):
            yield number, pickle.loads(answer)  # noqa: S301 - from our own process
    finally:
        for end, process in running.items():
            os.close(end)
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _answers(running: dict[int, int]) -> Iterator[tuple[int, bytes]]:
    """Yield the answers as they come; a process that is done leaves `running`."""
    poll = select.poll()
    buffers = {end: bytearray() for end in running}
    for end in running:
        poll.register(end, select.POLLIN)
    while running:
        for end, _ in poll.poll():
            data = os.read(end, _READ)
            if not data:
                poll.unregister(end)
                os.close(end)
                os.waitpid(running.pop(end), 0)
                continue
            buffer = buffers[end]
            buffer += data
            while len(buffer) >= _NUMBER + _SIZE:
                head = _NUMBER + _SIZE
                size = int.from_bytes(buffer[_NUMBER:head], "little")
                if len(buffer) < head + size:
                    break
                number = int.from_bytes(buffer[:_NUMBER], "little")
                yield number, bytes(buffer[head : head + size])
                del buffer[: head + size]


def _work_and_end(
    work: Callable[[Item], Answer],
    items: Sequence[Item],
    numbers: int,
    answers: int,
    dumps: Callable[[Answer], bytes],
) -> None:
    """Do the work of one process, and never return. A parent that is gone ends it."""
    status = 1
    try:
        # The parent ends a run that is interrupted.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while taken := os.read(numbers, _NUMBER):
            number = int.from_bytes(taken, "little")
            answer = dumps(work(items[number]))
            left = memoryview(taken + len(answer).to_bytes(_SIZE, "little") + answer)
            while left:
                left = left[os.write(answers, left) :]
        status = 0
    finally:
        os._exit(status)
