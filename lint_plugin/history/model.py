"""What a look through a history comes to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from ..finding import ERROR, Skipped
from ..known.sought import Sought

# Commits are dated with 64 bits, by whoever made them; of these `datetime` knows some.
_FIRST_YEAR, _LAST_YEAR = -62_135_596_800, 253_402_300_799


class Commit(NamedTuple):
    """A commit: its id, and when it was authored, in seconds since 1970."""

    id: str
    authored: int

    @property
    def date(self) -> str:
        """When it was authored, as ISO 8601 in UTC."""
        seconds = min(max(self.authored, _FIRST_YEAR), _LAST_YEAR)
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class Refs(NamedTuple):
    """Names of references, as far as they are listed, and how many more there are."""

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    more: int = 0


class Literal(NamedTuple):
    """A credential at a path. It never holds the value.

    Attributes:
        path: From the top of the repository.
        line: In the last version that holds it; `cell` of a notebook, from 1, or 0.
        code: The rule.
        name: The name at fault, or the provider of HSF302.
        message: That of the rule.
        severity: `error` or `note`.
        fingerprint: Of the value, with a key of this user's.
        first: The first commit that holds it, in the order of the log.
        last: The last one.
        at_head: Whether HEAD holds it.
        refs: The references whose newest commit holds it.
    """

    path: str
    line: int
    cell: int
    code: str
    name: str
    message: str
    severity: str
    fingerprint: str
    first: Commit
    last: Commit
    at_head: bool
    refs: Refs


class History(NamedTuple):
    """What was found.

    Attributes:
        literals: In order of paths, then of their first commits.
        commits: How many were looked at.
        versions: How many versions of files were checked, those of earlier runs among them.
        known: How many of these an earlier run had checked.
        before: How many credentials a range leaves out, because commits before it hold them.
        passed_over: How many versions were not looked at, by kind.
        skipped: Versions whose check failed.
        sought: What known values were looked for, where they were.
        notes: What a reader should know of the repository.
    """

    literals: tuple[Literal, ...]
    commits: int = 0
    versions: int = 0
    known: int = 0
    before: int = 0
    passed_over: Mapping[str, int] = {}
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    sought: Sought | None = None

    def exit_code(self) -> int:
        """Return 3 for a version whose check failed, 1 for errors found, else 0."""
        if any(each.failed for each in self.skipped):
            return 3
        return int(any(literal.severity == ERROR for literal in self.literals))
