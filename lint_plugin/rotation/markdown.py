"""The rotation list for people, in Markdown: a list to tick off in an issue or a runbook."""

import re
from collections.abc import Iterator, Sequence

from ..finding import ERROR
from .model import Entry, Place

_MOST_REFS = 5


def lines(entries: Sequence[Entry], *, notes: bool, has_history: bool) -> Iterator[str]:
    """Yield the lines.

    Args:
        entries: The list.
        notes: Whether what may be made up (in test files) is shown too.
        has_history: Whether commits were looked at.
    """
    shown = [entry for entry in entries if notes or entry.severity == ERROR]
    hidden = len(entries) - len(shown)
    if not shown:
        yield "# Nothing to rotate"
    else:
        yield f"# To rotate: {_count(len(shown), 'secret')}"
        yield ""
        yield (
            "Revoke a secret first, whether or not the code still holds it: whoever has read or "
            "cloned the repository has it. A fingerprint says only that two places hold the same "
            "value."
        )
    for number, entry in enumerate(shown, start=1):
        yield ""
        yield from _entry(number, entry)
    if hidden:
        count, pronoun = _count(hidden, "secret"), "it" if hidden == 1 else "them"
        yield ""
        yield f"{count} in test files alone may be made up; --notes lists {pronoun}."
    if shown and not has_history:
        yield ""
        yield "Since when history holds them: `hushflake check --history --format rotation`."


def _entry(number: int, entry: Entry) -> Iterator[str]:
    yield f"## {number}. {_title(entry)}"
    yield ""
    if entry.revocation is not None:
        yield f"- [ ] Revoke it at {entry.revocation.issuer}: {entry.revocation.page}"
        if entry.revocation.source != entry.revocation.page:
            yield f"  (documentation: {entry.revocation.source})"
    else:
        yield f"- [ ] Revoke it: {entry.advice}"
    yield "- [ ] Put the new one into the configuration store"
    if entry.now:
        yield "- [ ] Take it out of the code"
    if entry.since is not None:
        yield f"- In history since {entry.since.date[:10]} (commit {_code(entry.since.id[:12])})"
    yield f"- Fingerprint {_code(entry.fingerprint)}"
    yield "- Places:"
    yield from (f"  - {_place(place)}" for place in entry.places)


def _title(entry: Entry) -> str:
    if entry.kind:
        return entry.kind
    if entry.codes == ("HSF303",):
        return "Private key"
    # What stands inside a URL has no name of its own: the rule calls all of it `url`.
    named = dict.fromkeys(p.name for p in entry.places if p.name and not _is_url(p))
    if named:
        return f"Secret of {', '.join(map(_code, [*named][:3]))}"
    return "Credential inside a URL" if any(map(_is_url, entry.places)) else "Secret"


def _is_url(place: Place) -> bool:
    return place.code == "HSF304" and place.name == "url"


def _place(place: Place) -> str:
    cell = f" cell {place.cell}" if place.cell else ""
    told = f"{_code(f'{place.path}:{place.line}')}{cell} ({place.code})"
    if place.first is None or place.last is None:
        return told
    first, last = place.first, place.last
    told += f", first {_code(first.id[:12])} of {first.date[:10]}"
    if place.now:
        told += ", still there"
    else:
        told += f", last {_code(last.id[:12])} of {last.date[:10]}"
    refs = [*place.branches, *place.tags]
    more = len(refs) - _MOST_REFS + place.more_refs
    if refs:
        told += f"; on {', '.join(_code(name) for name in refs[:_MOST_REFS])}"
        told += f" and {more:,} more" if more > 0 else ""
    return told


def _code(text: str) -> str:
    """Return a name of the repository's as code, in which Markdown sees nothing."""
    return "`" + re.sub(r"[`\r\n]", "'", text) + "`"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
