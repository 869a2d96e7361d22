"""Check objects of git as if they were files: here, or in several processes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ..aims import NOTHING, Aims
from ..finding import Result, Skipped
from ..kinds.table import Kinds
from ..run import _processors, _Quiet
from ..settings import Settings
from .blobs import MISSING, Blob, Blobs

if TYPE_CHECKING:
    from concurrent.futures import Future

# Fewer objects are checked sooner than a process starts; how many a process gets at a time.
_WORTH_A_PROCESS, _CHUNK = 96, 24
# Chunks that wait for a process: more would only fill memory.
_WAITING = 8

MESSAGES = {
    MISSING: "is not in this clone, and nothing was fetched",
    "too-large": "is too large to be looked at",
}


# Of a file without suffix whose first line names no kind of file that is looked at.
OTHER_KIND = "kind"
NOT_LOOKED_AT = Result((), Skipped("", 1, 1, OTHER_KIND, "is of no kind that is looked at"))


class Wanted(NamedTuple):
    """An object to check, under the path that it has."""

    path: str
    id: str


class Job(NamedTuple):
    """What every process that checks objects needs.

    Attributes:
        folder: That of the work tree.
        settings: What the repository says.
        codes: Which findings to report.
        kinds: The kinds of files that are looked at.
        aims: What the run wants beside findings.
    """

    folder: str
    settings: Settings
    codes: frozenset[str]
    kinds: Kinds
    aims: Aims = NOTHING


def check_blobs(job: Job, wanted: Sequence[Wanted], jobs: int = 0) -> Iterator[Result]:
    """Yield the result of each of a known number of objects, in their order.

    Raises:
        LintFailureError: Git failed.
    """
    jobs = min(jobs or _processors(), max(1, len(wanted) // _WORTH_A_PROCESS))
    if jobs > 1:
        for _, results in check_in_processes(job, _chunks(wanted), jobs):
            yield from results
        return
    with _Worker(job) as worker:
        yield from worker.check(wanted)


def check_in_processes(
    job: Job, chunks: Iterable[list[Wanted]], jobs: int = 0
) -> Iterator[tuple[list[Wanted], list[Result]]]:
    """Yield each chunk with its results, as the chunks come, in several processes.

    Raises:
        LintFailureError: Git failed.
    """
    from collections import deque
    from concurrent.futures.process import BrokenProcessPool

    from ..worker import pool

    jobs = jobs or _processors()
    pending: deque[tuple[list[Wanted], Future[list[Result]]]] = deque()
    lost: list[list[Wanted]] = []
    with pool(jobs, _prepare, (job,)) as workers:
        for chunk in chunks:
            try:
                pending.append((chunk, workers.submit(_check_chunk, chunk)))
            except BrokenProcessPool:
                lost.append(chunk)
            if len(pending) >= jobs * _WAITING:
                yield from _finished(*pending.popleft(), lost)
        while pending:
            yield from _finished(*pending.popleft(), lost)
    # An object ended a process (out of memory, a crash of the parser): it ends no other's check.
    for chunk in lost:
        yield chunk, [_checked_apart(job, each) for each in chunk]


def _finished(
    chunk: list[Wanted], future: "Future[list[Result]]", lost: list[list[Wanted]]
) -> Iterator[tuple[list[Wanted], list[Result]]]:
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield chunk, future.result()
    except BrokenProcessPool:
        lost.append(chunk)


def _checked_apart(job: Job, wanted: Wanted) -> Result:
    from concurrent.futures.process import BrokenProcessPool

    from ..worker import pool

    try:
        with pool(1, _prepare, (job,)) as workers:
            return workers.submit(_check_chunk, [wanted]).result()[0]
    except BrokenProcessPool:
        message = "ended the process that checked it"
        return Result((), Skipped(wanted.path, 1, 1, "refused", message, failed=True))


def _chunks(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    found = iter(wanted)
    while chunk := list(islice(found, _CHUNK)):
        yield chunk


class _Worker:
    """What a process works with, made once."""

    def __init__(self, job: Job) -> None:
        from ..engine import Checker

        self._checker = Checker(job.settings, job.codes, aims=job.aims)
        self._blobs = Blobs(job.folder)
        self._kinds = job.kinds
        self._looks_at_all = job.aims.known is not None

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._blobs.close()

    def check(self, wanted: Sequence[Wanted]) -> Iterator[Result]:
        with _Quiet() as quiet:
            found = self._blobs.read([each.id for each in wanted])
            for each, blob in zip(wanted, found, strict=True):
                quiet.read(len(blob.data))
                yield self._result(each, blob)

    def _result(self, wanted: Wanted, blob: Blob) -> Result:
        if blob.problem:
            message = MESSAGES[blob.problem]
            return Result((), Skipped(wanted.path, 1, 1, blob.problem, message))
        by_name = True if self._looks_at_all else self._kinds.by_name(wanted.path)
        if by_name is None and not self._kinds.by_start(blob.data):
            return NOT_LOOKED_AT
        return self._checker.check_bytes(blob.data, wanted.path)


_worker: list[_Worker] = []


def _prepare(job: Job) -> None:
    from ..worker import end_with_parent

    end_with_parent()
    _worker[:] = [_Worker(job)]


def _check_chunk(wanted: list[Wanted]) -> list[Result]:
    return list(_worker[0].check(wanted))
