"""A run over a tree: walk, test bytes, rewrite in several processes, write, sum up."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from hushflake.lint_plugin.kinds.table import Kinds
from hushflake.lint_plugin.reading import TooLargeError
from hushflake.lint_plugin.settings import Settings
from hushflake.lint_plugin.walk import File, walk

from . import files
from .errors import CodemodFailureError
from .leaking import clashing
from .processes import Workers
from .rewrite import Outcome, Rewriter
from .takers import neighbours, replaced_of, taken_of, takers

_NONE = frozenset[str]()
Tick = Callable[[int, int], None]


class Result(NamedTuple):
    """What a run did.

    Attributes:
        outcomes: Of every file that a transform wanted to see or that could not be read, in
            order of path.
        scanned: Number of files that were looked at.
        written: Whether changes were written; each outcome tells if its own were.
        seconds: Wall time.
        settings: Those of the repository.
        phases: Wall time by phase: `walk`, `rewrite` (with reading and parsing), `write`.
        left: How much the walk left out without a look, by kind.
    """

    outcomes: list[Outcome]
    scanned: int
    written: bool
    seconds: float
    settings: Settings
    phases: dict[str, float]
    left: Mapping[str, int] = {}


def run(
    paths: Sequence[str],
    rewriter: Rewriter,
    *,
    write: bool = False,
    jobs: int = 1,
    ignore: bool = True,
    tick: Tick | None = None,
) -> Result:
    """Rewrite the files below `paths` that hold Python.

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
    tree = walk(paths, ignore=ignore, kinds=looked_at(rewriter.policy.settings))
    walked = time.perf_counter()
    outcomes = [
        Outcome(one.path, "unreadable" if one.failed else "excluded", message=one.message)
        for one in tree.problems
    ]
    done = 0
    with Workers(jobs) as workers:
        for chunk in workers.spread(partial(rewrite_file, rewriter), tree.files):
            for file, found in chunk:
                outcomes += found if found is not None else [_ended(file)]
            done += len(chunk)
            if tick is not None:
                tick(done, len(tree.files))
        outcomes = _with_what_others_take(outcomes, tree.files, paths, rewriter, ignore, workers)
    outcomes = _without_foreign_targets(outcomes, tree.files, paths)
    rewritten = time.perf_counter()
    if write:
        targets = {file.path: file.target for file in tree.files}
        outcomes = _written(outcomes, targets)
    outcomes.sort(key=lambda outcome: outcome.path)
    ended = time.perf_counter()
    phases = {"walk": walked - begun, "rewrite": rewritten - walked, "write": ended - rewritten}
    settings = rewriter.policy.settings
    seconds = ended - begun
    return Result(outcomes, len(tree.files), write, seconds, settings, phases, tree.left)


def looked_at(settings: Settings) -> Kinds:
    """Return the kinds of files that transforms look at."""
    return Kinds(settings.files, only=lambda kind: kind.rewrites or bool(kind.left))


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
    outcomes: Sequence[Outcome],
    files_: Sequence[File],
    paths: Sequence[str],
    rewriter: Rewriter,
    ignore: bool,
    workers: Workers,
) -> list[Outcome]:
    """Rewrite again the modules that lost a name another file takes, with that name kept, those
    that would give a name away which another file has for something else, and those that read
    through a name that another file replaces.

    A run may be about some files alone, such as those of a commit: the others are asked as well.
    """
    lost = {outcome.path: outcome.lost for outcome in outcomes if outcome.lost}
    gained = {outcome.path: outcome.gained for outcome in outcomes if outcome.gained}
    through = {outcome.path: outcome.through for outcome in outcomes if outcome.through}
    wanted: dict[str, frozenset[str]] = {}
    for asked_about in (lost, gained, through):
        for path, names in asked_about.items():
            wanted[path] = wanted.get(path, _NONE) | names
    asked_of = {file.target for file in files_}
    root = rewriter.policy.settings.root
    if wanted and not any(_holds(path, root) for path in paths):
        asked_of.update(neighbours(root, map(os.path.dirname, asked_of), ignore=ignore))
    asked = sorted(asked_of)
    takes = takers(wanted, asked, workers)
    kept = taken_of(lost, takes, asked)
    reserved = clashing(gained, takes, asked, rewriter.policy)
    replaced = replaced_of(through, takes, asked)

    def again(outcome: Outcome) -> Outcome:
        path = outcome.path
        if outcome.old is None or not (path in kept or path in reserved or path in replaced):
            return outcome
        changed = rewriter._replace(
            taken=kept.get(path, _NONE),
            reserved=reserved.get(path, _NONE),
            replaced=replaced.get(path, _NONE),
        )
        return _rewritten(changed, outcome.old, path)

    return list(map(again, outcomes))


def _holds(path: str, root: str) -> bool:
    """Say whether `root` stands in the folder `path`."""
    folder = os.path.realpath(path)
    return bool(root) and os.path.commonpath([folder, os.path.realpath(root)]) == folder


def _ended(file: File) -> Outcome:
    return Outcome(file.path, "refused", message="ended the process that read it; it is left")


def rewrite_file(rewriter: Rewriter, file: File) -> list[Outcome]:
    """Rewrite one file; whatever goes wrong is its outcome and nobody else's.

    Returns:
        The outcome, or nothing if no transform wants to see the file.
    """
    try:
        data = files.read(file.target)
    except CodemodFailureError as error:
        return [Outcome(file.path, "unreadable", message=_after_path(error))]
    except TooLargeError as error:
        return [Outcome(file.path, "excluded", message=str(error.strerror))]
    wanted = rewriter.wants(data, file.path)
    return [_rewritten(rewriter, data, file.path)] if wanted else []


def _rewritten(rewriter: Rewriter, data: bytes, path: str) -> Outcome:
    try:
        return rewriter.rewrite(data, path)
    except RecursionError:
        message = "is nested too deeply; the file is left"
    except MemoryError:
        message = "takes more memory than there is; the file is left"
    # One file must not stop the others.
    except Exception as error:
        if os.environ.get("HUSHFLAKE_DEBUG"):
            raise
        message = f"internal error ({type(error).__name__}); the file is left"
    return Outcome(path, "refused", message=message)
