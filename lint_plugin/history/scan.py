"""Every version of a file, checked once: in several processes, or taken from an earlier run."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from ..finding import Finding, Result, Skipped
from ..git.blob_run import OTHER_KIND, Job, Wanted, check_blobs, check_in_processes
from ..run import Progress
from .log import Log, Version
from .store import Store, kept_rows

# Fewer versions are checked sooner than a process starts; how many a process gets at a time.
_WORTH_A_PROCESS, _CHUNK = 96, 32


class Held(NamedTuple):
    """A credential that a version holds: the number of what it is, and its place."""

    what: int
    line: int
    cell: int


class What(NamedTuple):
    """What versions of a file have in common."""

    code: str
    name: str
    message: str
    severity: str
    fingerprint: str


class Scan:
    """What the versions of a history hold.

    Attributes:
        held: Number of a version -> the credentials in it; nothing for one without.
        whats: What the numbers of a `Held` stand for.
        passed_over: How many versions were not looked at, by kind.
        skipped: Versions whose check failed.
        known: How many versions an earlier run had checked.
        checked: How many versions were looked at.
    """

    def __init__(self, store: Store, roles: dict[str, str]) -> None:
        """Begin.

        Args:
            store: What is known.
            roles: Path -> what it means for the rules.
        """
        self.held: dict[int, tuple[Held, ...]] = {}
        self.whats: list[What] = []
        self.passed_over: dict[str, int] = {}
        self.skipped: list[Skipped] = []
        self.known = self.checked = 0
        self._store = store
        self._roles = roles
        self._numbers: dict[What, int] = {}

    def run(
        self, job: Job, log: Log, versions: Iterable[Version], jobs: int, progress: Progress | None
    ) -> None:
        """Check all versions.

        Raises:
            LintFailureError: Git failed.
        """
        fresh = self._fresh(versions)
        # While the first ones are all there are, no process is worth its start.
        head = list(islice(fresh, _WORTH_A_PROCESS))
        if len(head) < _WORTH_A_PROCESS or jobs == 1:
            chunks = _chunks(chain(head, fresh))
            found = ((chunk, list(check_blobs(job, _wanted(chunk), 1))) for chunk in chunks)
            for chunk, results in found:
                self._take(chunk, results, log, progress)
            return
        waiting: dict[int, list[Version]] = {}

        def asked() -> Iterator[list[Wanted]]:
            for chunk in _chunks(chain(head, fresh)):
                wanted = _wanted(chunk)
                waiting[id(wanted)] = chunk
                yield wanted

        for wanted, results in check_in_processes(job, asked(), jobs):
            self._take(waiting.pop(id(wanted)), results, log, progress)

    def _fresh(self, versions: Iterable[Version]) -> Iterator[Version]:
        """Yield the versions of which nothing is known; take what is known of the others."""
        from ..cache import result_of

        for version in versions:
            rows = self._store.rows(version.id, self._roles[version.path])
            if rows is None:
                yield version
            else:
                self.known += 1
                self._note(version.number, Result(*result_of(rows, version.path)))

    def _take(
        self, chunk: list[Version], results: list[Result], log: Log, progress: Progress | None
    ) -> None:
        kept: list[tuple[str, str, list[Any]]] = []
        for version, result in zip(chunk, results, strict=True):
            self._note(version.number, result)
            rows = kept_rows(result)
            if rows is not None:
                kept.append((version.id, self._roles[version.path], rows))
        self._store.add(kept)
        if progress:
            progress(self.checked, log.versions)

    def _note(self, number: int, result: Result) -> None:
        skipped = result.skipped
        if skipped is not None and skipped.kind == OTHER_KIND:
            return
        self.checked += 1
        if skipped is not None:
            self.passed_over[skipped.kind] = self.passed_over.get(skipped.kind, 0) + 1
            if skipped.failed:
                self.skipped.append(skipped)
        found = tuple(self._held(finding) for finding in result.findings if finding.fingerprint)
        if found:
            self.held[number] = found

    def _held(self, finding: Finding) -> Held:
        what = What(
            finding.code, finding.target, finding.message, finding.severity, finding.fingerprint
        )
        number = self._numbers.get(what)
        if number is None:
            number = self._numbers[what] = len(self.whats)
            self.whats.append(what)
        return Held(number, finding.line, finding.cell)


def _wanted(versions: list[Version]) -> list[Wanted]:
    return [Wanted(version.path, version.id) for version in versions]


def _chunks(versions: Iterable[Version]) -> Iterator[list[Version]]:
    found = iter(versions)
    while chunk := list(islice(found, _CHUNK)):
        yield chunk
