"""Looks for the hard-coded secrets of a tree. Changes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from hushflake.codemods import files
from hushflake.codemods.errors import CodemodFailureError
from hushflake.codemods.opened import Opened
from hushflake.codemods.opening import open_file
from hushflake.codemods.processes import Workers
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.run import looked_at
from hushflake.codemods.secrets.model import Found
from hushflake.codemods.secrets.spots import spots
from hushflake.codemods.transform import Job
from hushflake.codemods.transforms.hardcoded_secrets import found_at
from hushflake.lint_plugin.analysis import ParseFailure
from hushflake.lint_plugin.kinds.table import of_file
from hushflake.lint_plugin.reading import TooLargeError
from hushflake.lint_plugin.walk import File, walk

Tick = Callable[[int, int], None]


@dataclass
class Survey:
    """What was found.

    Attributes:
        found: All secrets, in order of path and place.
        targets: File as seen from the root -> the file itself, links followed.
    """

    found: list[Found] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)


def survey(
    paths: Sequence[str],
    rewriter: Rewriter,
    *,
    jobs: int = 1,
    ignore: bool = True,
    tick: Tick | None = None,
) -> Survey:
    """Return the hard-coded secrets below some paths.

    Args:
        paths: Folders and files.
        rewriter: The settings of the run.
        jobs: Number of processes.
        ignore: Leave out what git ignores.
        tick: Called with the number of files done and to do.

    Raises:
        PathError: One of the paths does not exist.
    """
    tree = walk(paths, ignore=ignore, kinds=looked_at(rewriter.policy.settings))
    done = Survey()
    number = 0
    with Workers(jobs) as workers:
        for chunk in workers.spread(partial(look, rewriter), tree.files):
            for file, found in chunk:
                done.targets[rewriter.policy.settings.relative(file.path)] = file.target
                # A file that ended its process is reported by the run that rewrites.
                done.found += found or []
            number += len(chunk)
            if tick is not None:
                tick(number, len(tree.files))
    done.found.sort(key=lambda each: each.place)
    return done


def look(rewriter: Rewriter, file: File) -> list[Found]:
    """Return the secrets of one file; one that cannot be looked at is told when it is rewritten."""
    relative = rewriter.policy.settings.relative(file.path)
    if rewriter.policy.is_excluded(relative):
        return []
    try:
        data = files.read(file.target)
        kind = of_file(file.path, data)
        if not kind.rewrites or not rewriter.wants(data, file.path):
            return []
        opened = open_file(kind, data, file.path)
        if isinstance(opened, ParseFailure):
            return []
        job = Job(opened.source, rewriter.policy, rewriter.keys, relative)
        found = [_told(opened, spot.at, found_at(job, spot)) for spot in spots(job)]
    # One file must not stop the others; `run` says what is wrong with it.
    except (CodemodFailureError, TooLargeError, RecursionError, MemoryError, ValueError):
        return []
    job.index.release()
    return found


def _told(opened: Opened, offset: int, found: Found) -> Found:
    line, column, cell = opened.place(offset)
    return replace(found, told=(line, column, cell))
