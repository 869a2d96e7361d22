"""A run over a tree: walk, test bytes, rewrite in several processes, write, sum up."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import NamedTuple

from hushflake.lint_plugin.analysis import uncollected
from hushflake.lint_plugin.settings import Settings
from hushflake.lint_plugin.walk import File, walk

from . import files
from .errors import CodemodFailureError
from .rewrite import Outcome, Rewriter
from .takers import COMMON, Taken, module_of, taken

# Below this many files, starting processes costs more than it saves.
_WORTH_PROCESSES = 200
# Files that a process takes at a time.
_CHUNK = 24
Tick = Callable[[int, int], None]
# The outcomes of some files, and the names that these files take from modules.
Found = tuple[list[Outcome], set[Taken]]


class Result(NamedTuple):
    """What a run did.

    Attributes:
        outcomes: Of every file that a transform wanted to see or that could not be read, in
            order of path.
        scanned: Number of Python files that were looked at.
        written: Whether changes were written; each outcome tells if its own were.
        seconds: Wall time.
        settings: Those of the repository.
        phases: Wall time by phase: `walk`, `rewrite` (with reading and parsing), `write`.
    """

    outcomes: list[Outcome]
    scanned: int
    written: bool
    seconds: float
    settings: Settings
    phases: dict[str, float]


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
    walked = time.perf_counter()
    outcomes = [Outcome(p.path, "unreadable", message=p.message) for p in tree.problems]
    takes: set[Taken] = set()
    for done, (outcome, found) in _rewrite(tree.files, rewriter, jobs):
        outcomes += outcome
        takes |= found
        if tick is not None:
            tick(done, len(tree.files))
    outcomes = _with_what_others_take(outcomes, takes, tree.files, rewriter)
    outcomes = _without_foreign_targets(outcomes, tree.files, paths)
    rewritten = time.perf_counter()
    if write:
        targets = {file.path: file.target for file in tree.files}
        outcomes = _written(outcomes, targets)
    outcomes.sort(key=lambda outcome: outcome.path)
    ended = time.perf_counter()
    phases = {"walk": walked - begun, "rewrite": rewritten - walked, "write": ended - rewritten}
    settings = rewriter.policy.settings
    return Result(outcomes, len(tree.files), write, ended - begun, settings, phases)


def _without_foreign_targets(
    outcomes: list[Outcome], files_: Sequence[File], paths: Sequence[str]
) -> list[Outcome]:
    """Leave the files that a link leads to from below `paths`, but that stand elsewhere."""
    roots = [os.path.realpath(path) for path in paths]
    foreign = {
        file.path
        for file in files_
        if file.path != file.target
        and not any(os.path.commonpath([root, file.target]) == root for root in roots)
    }
    message = "is a link to a file outside of the paths; name that file to rewrite it"
    return [
        Outcome(outcome.path, "excluded", message=message)
        if outcome.path in foreign and outcome.new is not None
        else outcome
        for outcome in outcomes
    ]


def _after_path(error: CodemodFailureError) -> str:
    return str(error).rpartition(": ")[2] if ": " in str(error) else str(error)


def _written(outcomes: Sequence[Outcome], targets: Mapping[str, str]) -> list[Outcome]:
    """Write the changed files; return the outcomes with what could not be written."""
    failed = files.replace_all(
        files.Change(targets[outcome.path], outcome.new, outcome.old)
        for outcome in outcomes
        if outcome.new is not None and outcome.old is not None
    )
    return [
        outcome._replace(status="unwritable", new=None, message=failed[target])
        if (target := targets.get(outcome.path, "")) in failed
        else outcome
        for outcome in outcomes
    ]


def _with_what_others_take(
    outcomes: Sequence[Outcome], takes: set[Taken], files_: Sequence[File], rewriter: Rewriter
) -> list[Outcome]:
    """Rewrite again, with these names kept, the modules that lost a name another file takes."""
    lost = frozenset[str]().union(*(outcome.lost for outcome in outcomes))
    # An alias may be any word: only who loses one has all files searched for it.
    if others := [name.encode() for name in lost if name.encode() not in COMMON]:
        for file in files_:
            with suppress(CodemodFailureError):
                takes |= taken(files.read(file.target), others)
    by_module: dict[str, set[str]] = {}
    for module, name in takes:
        by_module.setdefault(module, set()).add(name)
    again = []
    for outcome in outcomes:
        names = by_module.get(module_of(outcome.path), set()) if outcome.lost else set()
        kept = outcome.lost if "*" in names else outcome.lost & names
        if kept and outcome.old is not None:
            again.append(rewriter._replace(taken=kept).rewrite(outcome.old, outcome.path))
        else:
            again.append(outcome)
    return again


def _rewrite(files_: Sequence[File], rewriter: Rewriter, jobs: int) -> Iterator[tuple[int, Found]]:
    """Yield the number of files done so far and what came since, in any order."""
    if jobs < 2 or len(files_) < _WORTH_PROCESSES:
        with uncollected():
            for done, file in enumerate(files_, start=1):
                yield done, rewrite_file(rewriter, file)
        return
    left = [list(files_[at : at + _CHUNK]) for at in range(0, len(files_), _CHUNK)]
    done = 0
    try:
        with ProcessPoolExecutor(jobs, _context(), _prepare, (rewriter,)) as pool:
            futures = {pool.submit(_rewrite_chunk, chunk): chunk for chunk in left}
            for future in as_completed(futures):
                outcomes = future.result()
                left.remove(futures[future])
                done += len(futures[future])
                yield done, outcomes
    except BrokenProcessPool:
        # A file ended a process (out of memory, a crash of the parser): find it, keep the rest.
        while left:
            chunk = left.pop()
            found = _apart(chunk, rewriter)
            if found is None:
                middle = len(chunk) // 2
                left += [chunk[:middle], chunk[middle:]]
                continue
            done += len(chunk)
            yield done, found


def _apart(chunk: Sequence[File], rewriter: Rewriter) -> Found | None:
    """Rewrite a chunk in a process of its own; `None` if one of several files ended it."""
    try:
        with ProcessPoolExecutor(1, _context(), _prepare, (rewriter,)) as pool:
            return pool.submit(_rewrite_chunk, chunk).result()
    except BrokenProcessPool:
        if len(chunk) > 1:
            return None
        message = "ended the process that read it; it is left"
        return [Outcome(chunk[0].path, "refused", message=message)], set()


def _context() -> BaseContext:
    """Return how to start processes: `fork` where it is at home and safe, else `spawn`."""
    import sys
    import threading

    plain = sys.platform == "linux" and threading.active_count() == 1
    return get_context("fork" if plain else "spawn")


_rewriter: Rewriter


def _prepare(rewriter: Rewriter) -> None:
    import signal

    from hushflake.lint_plugin.worker import end_with_parent

    global _rewriter  # noqa: PLW0603 - a worker process has one, sent once and not with each file
    _rewriter = rewriter
    # The parent ends a run that is interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _rewrite_chunk(chunk: Sequence[File]) -> Found:
    outcomes: list[Outcome] = []
    takes: set[Taken] = set()
    with uncollected():
        for file in chunk:
            outcome, found = rewrite_file(_rewriter, file)
            outcomes += outcome
            takes |= found
    return outcomes, takes


def rewrite_file(rewriter: Rewriter, file: File) -> Found:
    """Rewrite one file; whatever goes wrong is its outcome and nobody else's.

    Returns:
        The outcome, or nothing if no transform wants to see the file; and what it takes from
        other modules.
    """
    takes: set[Taken] = set()
    try:
        data = files.read(file.target)
        takes = taken(data)
        if not rewriter.wants(data):
            return [], takes
        return [rewriter.rewrite(data, file.path)], takes
    except CodemodFailureError as error:
        message = _after_path(error)
        return [Outcome(file.path, "unreadable", message=message)], takes
    except RecursionError:
        message = "is nested too deeply; the file is left"
    # One file must not stop the others.
    except Exception as error:
        if os.environ.get("HUSHFLAKE_DEBUG"):
            raise
        message = f"internal error ({type(error).__name__}); the file is left"
    return [Outcome(file.path, "refused", message=message)], takes
