"""A look through the history of a repository: a request becomes a `History`."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..aims import Aims
from ..cache import users_secret
from ..credentials.fingerprint import key_from
from ..engine import Checker
from ..errors import LintError
from ..git.blob_run import Job
from ..git.blobs import MISSING
from ..git.staged import top_of
from ..kinds.table import Kinds
from ..registry import KNOWN_VALUE, modules, rule
from ..run import Progress
from ..settings import Settings
from ..walk import passed_over_name
from . import refs
from .log import OUTSIDE, Log, revisions
from .model import Commit, History, Literal
from .scan import Scan
from .store import Store
from .timeline import Key, Timeline

if TYPE_CHECKING:
    from ..known.values import Known


class Look(NamedTuple):
    """What is asked for.

    Attributes:
        settings: What the repository says.
        codes: Which findings to report; of these, the ones about credentials are.
        kinds: The kinds of files to look at.
        revisions: A revision or a range; all that references reach without any.
        paths: Files and folders to which it is limited.
        jobs: How many processes; 0 for as many as there are processors to use.
        use_cache: Whether to take and keep what is known of versions.
        known: Values to look for in every file.
    """

    settings: Settings
    codes: frozenset[str]
    kinds: Kinds
    revisions: str = ""
    paths: Sequence[str] = ()
    jobs: int = 0
    use_cache: bool = True
    known: "Known | None" = None


def look(asked: Look, progress: Progress | None = None) -> History:
    """Look through the history of the repository around the working folder.

    Raises:
        LintError: There is no repository, revision or rule as asked for.
        LintFailureError: Git failed.
    """
    top = top_of(os.curdir)
    codes = frozenset(filter(_is_about_credentials, asked.codes))
    if not codes - {KNOWN_VALUE, _OUTPUTS} and asked.known is None:
        raise LintError("--history looks for credentials, and no rule for them (HSF3) is selected")
    named = revisions(top, asked.revisions)
    secret = users_secret()
    aims = Aims(key_from(secret or os.urandom(32)), asked.known, asked.kinds)
    job = Job(top, asked.settings, codes, asked.kinds, aims)
    roles = _Roles(top, asked, Checker(asked.settings, codes))
    log = Log(roles)
    # Fingerprints of known values have a key of one run: what they find is not kept.
    keeps = asked.use_cache and asked.known is None
    scan = Scan(Store(asked.settings, codes, secret, use=keeps), roles.known)
    scan.run(job, log, log.read(top, named), asked.jobs, progress)
    return _told(top, log, scan, is_range=bool(asked.revisions))


# It reports outputs of notebooks, which hold a credential.
_OUTPUTS = "HSF403"


def _is_about_credentials(code: str) -> bool:
    return code in (KNOWN_VALUE, _OUTPUTS) or (code in modules() and rule(code).secret)


class _Roles:
    """What paths mean for the rules; None for those that are not looked at."""

    def __init__(self, top: str, asked: Look, checker: Checker) -> None:
        self.known: dict[str, str] = {}
        self._top, self._asked, self._checker = top, asked, checker
        bounds = (os.path.relpath(os.path.realpath(path), top) for path in asked.paths)
        self._bounds = tuple("" if bound == os.curdir else bound for bound in bounds)

    def __call__(self, path: str) -> str | None:
        looks_at_all = self._asked.known is not None
        if passed_over_name(path):
            return None
        if not looks_at_all and self._asked.kinds.by_name(path) is False:
            return None
        if self._bounds and not any(_lies_in(path, bound) for bound in self._bounds):
            return None
        full = os.path.join(self._top, path)
        if self._checker.policy.is_excluded(self._asked.settings.relative(full)):
            return None
        role = self.known[path] = self._checker.role(full)
        return role


def _lies_in(path: str, bound: str) -> bool:
    return not bound or path == bound or path.startswith(f"{bound}/")


def _told(top: str, log: Log, scan: Scan, *, is_range: bool) -> History:
    named = refs.tips(top, log) if log.ids else {}
    head = refs.head_of(top)
    at_head = log.number_of(head) if head else -1
    names = refs.Names(named, at_head)
    timeline = Timeline(log, scan, {*named, at_head} - {-1, OUTSIDE}, names.visit)
    held_at_head = names.at_head
    if head and at_head < 0 and timeline.spans:
        held_at_head = _at_head(top, log, scan, timeline, head)
    literals = []
    before: set[str] = set()
    for key, span in timeline.spans.items():
        what = scan.whats[key[1]]
        if is_range and what.fingerprint in timeline.before:
            before.add(what.fingerprint)
            continue
        literals.append(
            Literal(
                log.paths[key[0]],
                span.held.line,
                span.held.cell,
                *(what.code, what.name, what.message, what.severity, what.fingerprint),
                _commit(log, span.first),
                _commit(log, span.last),
                key in held_at_head,
                names.of(key),
            )
        )
    literals.sort(key=lambda each: (each.path, each.first.authored, each.line, each.code))
    notes = refs.notes(top)
    if not names.is_whole:
        notes.append("there are too many references and credentials: not all references are named")
    missing = scan.passed_over.get(MISSING, 0)
    if missing:
        told = "1 version of a file is" if missing == 1 else f"{missing:,} versions of files are"
        notes.append(
            f"{told} not in this partial clone, and nothing was fetched; `git fetch --refetch` "
            "completes it"
        )
    return History(
        tuple(literals),
        len(log.ids),
        scan.checked,
        scan.known,
        len(before),
        dict(sorted(scan.passed_over.items())),
        tuple(scan.skipped),
        tuple(notes),
    )


def _at_head(top: str, log: Log, scan: Scan, timeline: Timeline, head: str) -> frozenset[Key]:
    """Return what HEAD holds of what was found, where a range leaves HEAD out."""
    paths = {log.paths[path]: path for path, _ in timeline.spans}
    found = set[Key]()
    for name, object_id in refs.files_at(top, head, paths).items():
        version = log.version_of(object_id, paths[name])
        found.update((paths[name], held.what) for held in scan.held.get(version, ()))
    return frozenset(found)


def _commit(log: Log, number: int) -> Commit:
    return Commit(log.ids[number].hex(), log.dates[number])
