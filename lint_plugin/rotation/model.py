"""What is to be rotated: one entry per secret, wherever it stands."""

from collections.abc import Iterable
from typing import NamedTuple

from ..credentials.revocation import ADVICE, OTHERWISE, Revocation, revocation_of
from ..finding import ERROR, Finding
from ..history.model import Commit, Literal


class Place(NamedTuple):
    """Where a secret stands; of a history with the commits that hold it."""

    path: str
    line: int
    cell: int
    code: str
    name: str
    severity: str
    first: Commit | None = None
    last: Commit | None = None
    # Whether it stands there now: in the file, or at HEAD.
    now: bool = True
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    more_refs: int = 0


class Entry(NamedTuple):
    """A secret.

    Attributes:
        fingerprint: Of its value, with a key of this user's.
        places: Where it stands, in order of paths.
        kind: The format of a provider, or "" where the value has none.
        revocation: Where it is revoked, if its issuer is known.
        advice: What to do, if not.
    """

    fingerprint: str
    places: tuple[Place, ...]
    kind: str
    revocation: Revocation | None
    advice: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names at fault, each once."""
        return tuple(dict.fromkeys(place.name for place in self.places if place.name))

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules that found it, each once."""
        return tuple(sorted({place.code for place in self.places}))

    @property
    def severity(self) -> str:
        """`error` if any place is one: a secret that is also in a test is none of a test."""
        return next((ERROR for place in self.places if place.severity == ERROR), "note")

    @property
    def since(self) -> Commit | None:
        """The earliest commit that holds it, by the date of its author."""
        commits = [place.first for place in self.places if place.first is not None]
        return min(commits, key=lambda commit: commit.authored, default=None)

    @property
    def now(self) -> bool:
        """Whether it stands anywhere now."""
        return any(place.now for place in self.places)


def of_findings(findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """Return the list for the findings of a run; those without a fingerprint are no secrets."""
    return _entries(
        (
            each.fingerprint,
            Place(each.path, each.line, each.cell, each.code, each.target, each.severity),
        )
        for each in findings
        if each.fingerprint
    )


def of_history(literals: Iterable[Literal]) -> tuple[Entry, ...]:
    """Return the list for what a history holds."""
    return _entries(
        (
            each.fingerprint,
            Place(
                *(each.path, each.line, each.cell, each.code, each.name, each.severity),
                *(each.first, each.last, each.at_head),
                *(each.refs.branches, each.refs.tags, each.refs.more),
            ),
        )
        for each in literals
    )


def _entries(found: Iterable[tuple[str, Place]]) -> tuple[Entry, ...]:
    grouped: dict[str, list[Place]] = {}
    for fingerprint, place in found:
        grouped.setdefault(fingerprint, []).append(place)
    entries = [_entry(fingerprint, places) for fingerprint, places in grouped.items()]
    # What is known to be real goes first, then what is in the code now.
    entries.sort(
        key=lambda entry: (
            entry.severity != ERROR,
            not entry.kind,
            not entry.now,
            entry.places[0].path,
            entry.places[0].line,
        )
    )
    return tuple(entries)


def _format(place: Place) -> str:
    """Return the format of a provider that a place tells."""
    if place.code == "HSF403":
        return place.name.partition("(")[2].rstrip(")")
    return place.name if place.code == "HSF302" else ""


def _entry(fingerprint: str, places: list[Place]) -> Entry:
    places.sort(key=lambda place: (place.path, place.line))
    kind = next((told for place in places if (told := _format(place))), "")
    code = next((place.code for place in places if place.code in ADVICE), "")
    advice = ADVICE.get(code, OTHERWISE)
    return Entry(fingerprint, tuple(places), kind, revocation_of(kind), advice)
