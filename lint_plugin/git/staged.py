"""What is staged: the contents of the index, and what the change adds to them.

The work tree is not looked at: of a file that is staged in part, the staged part counts. A finding
is one of the change if the committed version of the file has none of the same rule on the same
text, so that a line which is moved, or a renamed file, is no news; a pragma taken away is.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import NamedTuple

from ..aims import NOTHING, Aims
from ..errors import LintError, LintFailureError
from ..finding import Finding, Result, Skipped
from ..kinds.table import Kinds
from ..reading import is_inside
from ..settings import Policy, Settings
from ..walk import passed_over_name
from .blob_run import NOT_LOOKED_AT, Job, Wanted, check_blobs
from .blobs import AS_STORED, Blob, Blobs
from .folder import holder, irregular, place_of

_COMMAND = (
    *("diff", "--cached", "--raw", "-z", "--no-abbrev", "--find-renames", "-l200"),
    *("--diff-filter=d", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all"),
    "-O" + os.devnull,
)
_REGULAR = "100"
_NO_ID = "0"


class Change(NamedTuple):
    """A staged file: its path from the top, and the ids of what it was ("" if new) and is."""

    path: str
    old: str
    new: str


class Staged(NamedTuple):
    """What was found.

    Attributes:
        results: The result of each file, with its path as seen from here.
        known: Findings that the committed version has too.
        sources: The staged bytes of the files with findings.
        problems: What could not be looked at.
        left: How much was left out, by kind.
    """

    results: list[tuple[str, Result]]
    known: frozenset[Finding]
    sources: dict[str, bytes]
    problems: list[Skipped]
    left: dict[str, int]


def check_staged(
    settings: Settings,
    codes: frozenset[str],
    paths: Sequence[str] = (),
    *,
    kinds: Kinds | None = None,
    jobs: int = 0,
    aims: Aims = NOTHING,
) -> Staged:
    """Check what is staged in the repository around the working folder.

    Args:
        settings: What the repository says.
        codes: Which findings to report.
        paths: Files and folders; all of the repository without any.
        kinds: The kinds of files to look at; those of the settings when None.
        jobs: How many processes; 0 for as many as there are processors to use.
        aims: What the run wants beside findings.

    Raises:
        LintError: There is no repository here.
        LintFailureError: Git failed.
    """
    top = top_of(os.curdir)
    bounds = [os.path.realpath(path) for path in paths]
    policy, left = Policy(settings), Counter[str]()
    kinds = kinds or Kinds(settings.files)
    problems: list[Skipped] = []
    kept: dict[str, Change] = {}
    for change in _changes(top, problems):
        full = os.path.join(top, change.path)
        if bounds and not any(_lies_in(full, bound) for bound in bounds):
            continue
        is_ours = aims.known is not None or kinds.by_name(change.path) is not False
        if not is_ours or passed_over_name(change.path):
            continue
        if policy.is_excluded(settings.relative(full)):
            left["excluded"] += 1
            continue
        kept[os.path.relpath(full)] = change
    job = Job(top, settings, codes, kinds, aims)
    wanted = [Wanted(path, change.new) for path, change in kept.items()]
    each = zip(kept, check_blobs(job, wanted, jobs), strict=True)
    results = [(path, result) for path, result in each if result != NOT_LOOKED_AT]
    found = {path: result.findings for path, result in results if result.findings}
    sources, known = _compared(job, {path: kept[path] for path in found}, found)
    return Staged(results, known, sources, problems, dict(left))


def top_of(folder: str) -> str:
    """Return the top of the repository around a folder.

    Raises:
        LintError: There is none.
        LintFailureError: Git would read what is no file.
    """
    top = holder(folder)
    if not top:
        raise LintError(
            f"{os.path.realpath(folder)}: is in no git repository; change into one, or name files"
        )
    path = irregular(top)
    if path:
        raise LintFailureError(f"{path}: is not a regular file, and git would read it")
    return top


def _changes(top: str, problems: list[Skipped]) -> Iterator[Change]:
    """Yield the staged files: regular ones, neither deleted nor in conflict."""
    from .calls import talk

    try:
        git = talk(top, *_COMMAND, variables={**AS_STORED, **_index(top)})
    except OSError as error:
        raise LintFailureError(f"git cannot be started: {error.strerror}") from None
    try:
        # What the check imports takes as long as git does: both at once.
        import_module("..engine", __package__)

        while head := git.until(b"\0"):
            fields = head.decode("ascii", "replace").lstrip(":").split(" ")
            path = os.fsdecode(git.until(b"\0"))
            if len(fields) != 5 or not path:
                raise LintFailureError(f"{top}: git diff answered something else than changes")
            _, mode, old, new, status = fields
            if status.startswith(("R", "C")):
                path = os.fsdecode(git.until(b"\0"))
            if status.startswith("U"):
                message = "is in conflict: nothing of it is staged"
                problems.append(Skipped(path, 1, 1, "conflict", message))
            elif mode.startswith(_REGULAR):
                yield Change(path, old.strip(_NO_ID) and old, new)
        code = git.finish().code
    except BaseException:
        git.end()
        raise
    if code:
        raise LintFailureError(f"{top}: git diff failed; `git diff --cached` says why")


def _index(top: str) -> dict[str, str]:
    """Return the variable that names the index, where a hook was given one of this repository.

    `git commit FILE` runs its hooks with an index of its own (githooks(5)). One of another
    repository, as a rebase or a hook there exports it, is none of ours.
    """
    named = os.environ.get("GIT_INDEX_FILE", "")  # hushflake: ignore[HSF102] of git
    if not named or "\0" in named:
        return {}
    path = os.path.realpath(os.path.join(top, named))
    is_ours = os.path.isfile(path) and is_inside(path, place_of(top))
    return {"GIT_INDEX_FILE": path} if is_ours else {}


def _compared(
    job: Job, changes: dict[str, Change], found: dict[str, tuple[Finding, ...]]
) -> tuple[dict[str, bytes], frozenset[Finding]]:
    """Return the bytes of the files with findings, and the findings that are no news."""
    if not found:
        return {}, frozenset()
    old = {path: change.old for path, change in changes.items() if change.old}
    with Blobs(job.folder) as blobs:
        new = dict(zip(changes, blobs.read([each.new for each in changes.values()]), strict=True))
        before = dict(zip(old, blobs.read(list(old.values())), strict=True))
    from ..engine import Checker

    checker, known = Checker(job.settings, job.codes, aims=job.aims), set[Finding]()
    for path, blob in before.items():
        if not blob.problem:
            earlier = checker.check_bytes(blob.data, path).findings
            known.update(_unchanged(found[path], new[path], earlier, blob))
    return {path: blob.data for path, blob in new.items()}, frozenset(known)


def _unchanged(
    now: Iterable[Finding], new: Blob, then: Iterable[Finding], old: Blob
) -> Iterator[Finding]:
    """Yield the findings that were there; of more than there were the last ones are news."""
    left = Counter(_told(then, old.data))
    for finding, told in zip(now, _told(now, new.data), strict=True):
        if left[told] > 0:
            left[told] -= 1
            yield finding


def _told(findings: Iterable[Finding], data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield code and text of each finding."""
    lines = data.splitlines()
    for finding in findings:
        first, _, last, _ = finding.in_file
        yield finding.code, b"\n".join(lines[first - 1 : max(first, last)]).strip()


def _lies_in(path: str, bound: str) -> bool:
    return path == bound or path.startswith(bound.rstrip(os.sep) + os.sep)
