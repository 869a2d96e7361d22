"""A run of `check` over files: which ones, in parallel, with what is known from before."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .aims import NOTHING, Aims
from .finding import MISSING_EXTRA, Result, Skipped
from .reading import Content, IrregularError, TooLargeError, read_with_status
from .settings import Settings

if TYPE_CHECKING:
    from .cache import Cache, Entry
    from .engine import Checker

# Fewer files than this are checked sooner than a process starts.
_WORTH_A_PROCESS = 48
_CHUNKS_A_PROCESS = 12

Progress = Callable[[int, int], None]


class Checked(NamedTuple):
    """The result of a file, and what a cache keeps of it."""

    result: Result
    entry: "Entry | None" = None


def read(path: str) -> Content | Skipped:
    """Return the content of a file, or why there is none."""
    try:
        return read_with_status(path)
    except TooLargeError as error:
        return Skipped(path, 1, 1, "too-large", str(error.strerror))
    except IrregularError as error:
        return Skipped(path, 1, 1, "not-regular", str(error.strerror), failed=True)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        return Skipped(path, 1, 1, "unreadable", message, failed=True)


def check_file(
    checker: "Checker",
    path: str,
    known: dict[str, list[Any]] | None = None,
    quiet: "_Quiet | None" = None,
) -> Checked:
    """Check one file, or take what is known of its content; without `known` there is no cache."""
    content = read(path)
    if isinstance(content, Skipped):
        return Checked(Result((), content))
    if quiet is not None:
        quiet.read(len(content.data))
    if known is None:
        return Checked(checker.check_bytes(content.data, path))
    from .cache import Entry, digest, result_of, status

    key = digest(content.data, checker.role(path))
    rows = known.get(key)
    if rows is not None:
        result = Result(*result_of(rows, path))
    else:
        result = checker.check_bytes(content.data, path)
    return Checked(result, Entry(status(content.found), key))


def check_files(
    settings: Settings,
    codes: frozenset[str],
    paths: Sequence[str],
    *,
    jobs: int = 0,
    cache: bool = False,
    aims: Aims = NOTHING,
    progress: Progress | None = None,
) -> Iterator[tuple[str, Result]]:
    """Yield the result of each file, in the order of `paths`.

    Args:
        settings: What the repository says.
        codes: Which findings to report.
        paths: The files.
        jobs: How many processes; 0 for as many as there are processors to use.
        cache: Whether to take results of earlier runs, and keep those of this one.
        aims: What the run wants beside findings; there is no cache of such a run.
        progress: Called with the number of files done and of all files.
    """
    if not cache:
        for path, checked in _check(settings, codes, paths, None, jobs, progress, aims):
            yield path, checked.result
        return
    from .cache import Cache, result_of

    with _Quiet():
        store = Cache(settings, codes)
        known = dict(_known(store, settings, paths))
    missing = [path for path, rows in known.items() if rows is None]
    fresh = dict(_check(settings, codes, missing, store.results, jobs, progress))
    if fresh:
        _keep(store, settings, fresh)
    clean = Result()
    for path, rows in known.items():
        if rows:
            yield path, Result(*result_of(rows, path))
        else:
            yield path, clean if rows is not None else fresh[path].result


def _known(
    store: "Cache", settings: Settings, paths: Sequence[str]
) -> Iterator[tuple[str, list[Any] | None]]:
    """Yield the rows kept for each file, None where the file must be looked at."""
    from .cache import NO_STATUS, status

    # What a folder is called from the root, asked once for all of its files.
    folders: dict[str, str] = {}
    names: list[str] = []
    statuses: list[int] = []
    for path in paths:
        cut = path.rfind(os.sep) + 1
        folder = path[:cut]
        relative = folders.get(folder)
        if relative is None:
            relative = folders[folder] = settings.relative(f"{folder}_").removesuffix("_")
        names.append(relative + path[cut:])
        try:
            statuses += status(os.stat(path))
        except OSError:
            statuses += NO_STATUS
    yield from zip(paths, store.known(names, statuses), strict=True)


def _keep(store: "Cache", settings: Settings, fresh: dict[str, Checked]) -> None:
    from .cache import rows_of

    entries = {
        settings.relative(path): checked.entry
        for path, checked in fresh.items()
        if checked.entry and _is_of_file(checked.result)
    }
    results = {
        checked.entry.digest: rows_of(checked.result.findings, checked.result.skipped)
        for checked in fresh.values()
        if checked.entry and _is_of_file(checked.result)
    }
    store.save(entries, results)


def _is_of_file(result: Result) -> bool:
    """Say whether a result depends on nothing but the file: a library may be installed later."""
    return result.skipped is None or result.skipped.kind != MISSING_EXTRA


def _check(
    settings: Settings,
    codes: frozenset[str],
    paths: Sequence[str],
    known: dict[str, list[Any]] | None,
    jobs: int,
    progress: Progress | None,
    aims: Aims = NOTHING,
) -> Iterator[tuple[str, Checked]]:
    """Yield what comes of each file, in this process or in several."""
    if not paths:
        return
    # Here, for a run that takes all from the cache needs no rules.
    from .engine import Checker

    jobs = min(jobs or _processors(), max(1, len(paths) // _WORTH_A_PROCESS))
    if jobs > 1:
        yield from _in_processes((settings, codes, known, aims), paths, jobs, progress)
        return
    checker = Checker(settings, codes, aims=aims)
    with _Quiet() as quiet:
        for done, path in enumerate(paths, start=1):
            yield path, check_file(checker, path, known, quiet)
            if progress:
                progress(done, len(paths))


def _in_processes(
    start: tuple[Any, ...],
    paths: Sequence[str],
    jobs: int,
    progress: Progress | None,
) -> Iterator[tuple[str, Checked]]:
    from .forked import can_fork

    size = max(1, len(paths) // (jobs * _CHUNKS_A_PROCESS))
    left = [paths[at : at + size] for at in range(0, len(paths), size)]
    if can_fork():
        yield from _in_forks(start, left, jobs, progress)
        return
    from concurrent.futures.process import BrokenProcessPool

    from .worker import pool

    done = 0
    try:
        with pool(jobs, _prepare, start) as workers:
            for results in workers.map(_check_chunk, list(left)):
                yield from zip(left.pop(0), results, strict=True)
                done += len(results)
                if progress:
                    progress(done, len(paths))
    except BrokenProcessPool:
        # A file ended a process (out of memory, a crash of the parser): it ends no other's check.
        for path in (path for chunk in left for path in chunk):
            yield path, _checked_apart(path, start)


def _in_forks(
    start: tuple[Any, ...], chunks: list[Sequence[str]], jobs: int, progress: Progress | None
) -> Iterator[tuple[str, Checked]]:
    from .forked import spread

    # Once: a fork has it.
    _make(*start)
    total, done, turn = sum(map(len, chunks)), 0, 0
    found: dict[int, list[Checked]] = {}
    for number, results in spread(_check_chunk, chunks, jobs):
        found[number] = results
        done += len(results)
        if progress:
            progress(done, total)
        while turn in found:
            yield from zip(chunks[turn], found.pop(turn), strict=True)
            turn += 1
    for left in range(turn, len(chunks)):
        # A file ended a process (out of memory, a crash of the parser): it ends no other's check.
        results = found.get(left) or [_checked_apart(path, start) for path in chunks[left]]
        yield from zip(chunks[left], results, strict=True)


def _checked_apart(path: str, start: tuple[Any, ...]) -> Checked:
    """Check a file in a process of its own, which it may end."""
    from concurrent.futures.process import BrokenProcessPool

    from .worker import pool

    try:
        with pool(1, _prepare, start) as workers:
            return workers.submit(_check_chunk, [path]).result()[0]
    except BrokenProcessPool:
        message = "ended the process that checked it"
        return Checked(Result((), Skipped(path, 1, 1, "refused", message, failed=True)))


class _Quiet:
    """Collect garbage now and then instead of all the time.

    The collector walks every tree that is being looked at, again and again: a sixth of the time
    of a run. It is told to after as many bytes of source as a worker's memory may hold.
    """

    limit = 8_000_000

    def __init__(self) -> None:
        self._bytes = 0

    def __enter__(self) -> "_Quiet":
        self._was_enabled = gc.isenabled()
        gc.disable()
        return self

    def __exit__(self, *_: object) -> None:
        if self._was_enabled:
            gc.enable()

    def read(self, size: int) -> None:
        """Note that `size` bytes were looked at."""
        self._bytes += size
        if self._bytes > self.limit:
            self._bytes = 0
            gc.collect()


# What a worker process works with, made once.
_worker: "list[tuple[Checker, dict[str, list[Any]] | None]]" = []


def _prepare(
    settings: Settings, codes: frozenset[str], known: dict[str, list[Any]] | None, aims: Aims
) -> None:
    from .worker import end_with_parent

    end_with_parent()
    _make(settings, codes, known, aims)


def _make(
    settings: Settings, codes: frozenset[str], known: dict[str, list[Any]] | None, aims: Aims
) -> None:
    from .engine import Checker

    _worker[:] = [(Checker(settings, codes, aims=aims), known)]


def _check_chunk(paths: Sequence[str]) -> list[Checked]:
    checker, known = _worker[0]
    with _Quiet() as quiet:
        return [check_file(checker, path, known, quiet) for path in paths]


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
