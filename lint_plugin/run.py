"""A run of `check` over files: which ones, in parallel, with what is known from before."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence

from .engine import Checker, Result
from .finding import Skipped
from .settings import Settings

# Fewer files than this are checked sooner than a process starts.
_WORTH_A_PROCESS = 48
_CHUNKS_A_PROCESS = 12

Progress = Callable[[int, int], None]


def read(path: str) -> bytes | Skipped:
    """Return the bytes of a file, or why there are none."""
    try:
        with open(path, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return Skipped(path, 1, 1, "unreadable", "is not a regular file", failed=True)
            return stream.read()
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        return Skipped(path, 1, 1, "unreadable", message, failed=True)


def check_file(checker: Checker, path: str) -> Result:
    """Check one file."""
    data = read(path)
    if isinstance(data, Skipped):
        return Result((), data)
    return checker.check_bytes(data, path)


def check_files(
    settings: Settings,
    codes: frozenset[str],
    paths: Sequence[str],
    *,
    jobs: int = 0,
    progress: Progress | None = None,
) -> Iterator[tuple[str, Result]]:
    """Yield the result of each file, in the order of `paths`.

    Args:
        settings: What the repository says.
        codes: Which findings to report.
        paths: The files.
        jobs: How many processes; 0 for as many as there are processors to use.
        progress: Called with the number of files done and of all files.
    """
    jobs = min(jobs or _processors(), max(1, len(paths) // _WORTH_A_PROCESS))
    if jobs == 1:
        checker = Checker(settings, codes)
        for done, path in enumerate(paths, start=1):
            yield path, check_file(checker, path)
            if progress:
                progress(done, len(paths))
        return
    yield from _in_processes(settings, codes, paths, jobs, progress)


def _in_processes(
    settings: Settings,
    codes: frozenset[str],
    paths: Sequence[str],
    jobs: int,
    progress: Progress | None,
) -> Iterator[tuple[str, Result]]:
    from concurrent.futures import ProcessPoolExecutor

    size = max(1, len(paths) // (jobs * _CHUNKS_A_PROCESS))
    chunks = [paths[at : at + size] for at in range(0, len(paths), size)]
    done = 0
    with ProcessPoolExecutor(jobs, initializer=_prepare, initargs=(settings, codes)) as pool:
        for chunk, results in zip(chunks, pool.map(_check_chunk, chunks), strict=True):
            yield from zip(chunk, results, strict=True)
            done += len(chunk)
            if progress:
                progress(done, len(paths))


_checkers: list[Checker] = []


def _prepare(settings: Settings, codes: frozenset[str]) -> None:
    _checkers[:] = [Checker(settings, codes)]


def _check_chunk(paths: Sequence[str]) -> list[Result]:
    return [check_file(_checkers[0], path) for path in paths]


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
