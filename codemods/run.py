"""A run over a tree: walk, test bytes, rewrite in several processes, write, sum up."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import NamedTuple

from hushflake.lint_plugin.analysis import uncollected
from hushflake.lint_plugin.walk import File, walk

from . import files
from .errors import CodemodFailureError
from .rewrite import Outcome, Rewriter

# Below this many bytes of source to parse, starting processes costs more than it saves.
_WORTH_PROCESSES = 1_000_000
_CHUNK_BYTES = 200_000
Tick = Callable[[int, int], None]


class Result(NamedTuple):
    """What a run did.

    Attributes:
        outcomes: Of every file that a transform wanted to see or that could not be read, in
            order of path.
        scanned: Number of Python files that were looked at.
        written: Whether changes were written; each outcome tells if its own were.
        seconds: Wall time.
    """

    outcomes: list[Outcome]
    scanned: int
    written: bool
    seconds: float


def run(
    paths: Sequence[str],
    rewriter: Rewriter,
    *,
    write: bool = False,
    jobs: int = 1,
    ignore: bool = True,
    tick: Tick | None = None,
) -> Result:
    """Rewrite the Python files below `paths`.

    Args:
        paths: Folders and files.
        rewriter: What to do.
        write: Put changed files in the place of the old ones.
        jobs: Number of processes.
        ignore: Leave out what git ignores.
        tick: Called with the number of files done and to do.

    Raises:
        PathError: One of the paths does not exist.
    """
    begun = time.perf_counter()
    tree = walk(paths, ignore=ignore)
    outcomes = [Outcome(p.path, "unreadable", message=p.message) for p in tree.problems]
    wanted: list[tuple[File, int]] = []
    for file in tree.files:
        try:
            data = files.read(file.target)
        except CodemodFailureError as error:
            outcomes.append(Outcome(file.path, "unreadable", message=_after_path(error)))
            continue
        if rewriter.wants(data):
            wanted.append((file, len(data)))
    for done, outcome in enumerate(_rewrite(wanted, rewriter, jobs), start=1):
        outcomes.append(outcome)
        if tick is not None:
            tick(done, len(wanted))
    if write:
        targets = {file.path: file.target for file, _ in wanted}
        outcomes = [_written(outcome, targets) for outcome in outcomes]
    outcomes.sort(key=lambda outcome: outcome.path)
    return Result(outcomes, len(tree.files), write, time.perf_counter() - begun)


def _after_path(error: CodemodFailureError) -> str:
    return str(error).rpartition(": ")[2] if ": " in str(error) else str(error)


def _written(outcome: Outcome, targets: dict[str, str]) -> Outcome:
    if outcome.new is None or outcome.old is None:
        return outcome
    try:
        files.replace(targets[outcome.path], outcome.new, outcome.old)
    except CodemodFailureError as error:
        return outcome._replace(
            status="unwritable", new=None, message=str(error).partition(": ")[2]
        )
    return outcome


def _rewrite(
    wanted: Sequence[tuple[File, int]], rewriter: Rewriter, jobs: int
) -> Iterator[Outcome]:
    """Yield the outcome of each file, in any order."""
    if jobs < 2 or sum(size for _, size in wanted) < _WORTH_PROCESSES:
        with uncollected():
            for file, _ in wanted:
                yield rewrite_file(rewriter, file)
        return
    left = list(_chunks(wanted))
    try:
        yield from _in_processes(left, rewriter, jobs)
    except BrokenProcessPool:
        # A file ended a process (out of memory, a crash of the parser): find it, keep the rest.
        for chunk in left:
            for file in chunk:
                yield _alone(file, rewriter)


def _in_processes(left: list[list[File]], rewriter: Rewriter, jobs: int) -> Iterator[Outcome]:
    """Yield outcomes, taking finished chunks out of `left`."""
    with ProcessPoolExecutor(jobs, _context(), _prepare, (rewriter,)) as pool:
        futures = {pool.submit(_rewrite_chunk, chunk): chunk for chunk in left}
        for future in as_completed(futures):
            outcomes = future.result()
            left.remove(futures[future])
            yield from outcomes


def _alone(file: File, rewriter: Rewriter) -> Outcome:
    try:
        with ProcessPoolExecutor(1, _context(), _prepare, (rewriter,)) as pool:
            return pool.submit(_rewrite_chunk, [file]).result()[0]
    except BrokenProcessPool:
        return Outcome(file.path, "refused", message="ended the process that read it; it is left")


def _chunks(wanted: Sequence[tuple[File, int]]) -> Iterator[list[File]]:
    """Yield files in groups of like size, the largest files first: the last ones even out."""
    chunk: list[File] = []
    size = 0
    for file, length in sorted(wanted, key=lambda pair: -pair[1]):
        chunk.append(file)
        size += length
        if size > _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _context() -> BaseContext:
    """Return how to start processes: `fork` where it is at home and safe, else `spawn`."""
    import sys
    import threading

    plain = sys.platform == "linux" and threading.active_count() == 1
    return get_context("fork" if plain else "spawn")


_rewriter: Rewriter


def _prepare(rewriter: Rewriter) -> None:
    import signal

    global _rewriter  # noqa: PLW0603 - a worker process has one, sent once and not with each file
    _rewriter = rewriter
    # The parent ends a run that is interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _rewrite_chunk(chunk: Sequence[File]) -> list[Outcome]:
    with uncollected():
        return [rewrite_file(_rewriter, file) for file in chunk]


def rewrite_file(rewriter: Rewriter, file: File) -> Outcome:
    """Read and rewrite one file; whatever goes wrong is its outcome and nobody else's."""
    try:
        data = files.read(file.target)
        return rewriter.rewrite(data, file.path)
    except CodemodFailureError as error:
        return Outcome(file.path, "unreadable", message=_after_path(error))
    except RecursionError:
        return Outcome(file.path, "refused", message="is nested too deeply; the file is left")
    # One file must not stop the others.
    except Exception as error:
        if os.environ.get("HUSHFLAKE_DEBUG"):
            raise
        kind = type(error).__name__
        return Outcome(file.path, "refused", message=f"internal error ({kind}); the file is left")
