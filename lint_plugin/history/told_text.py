"""A look through a history, a credential in three lines."""

from collections.abc import Iterator

from hushflake.terminal.text import Text, styled

from .. import passed_over
from ..finding import ERROR
from ..known import sought
from .model import History, Literal

_MOST_REFS = 5
IS_JSON = False


def report(history: History, *, notes: bool = False) -> Iterator[str | Text]:
    """Yield the lines.

    Args:
        history: What was found.
        notes: Whether what may be made up (in test files) is shown too.
    """
    for literal in history.literals:
        if notes or literal.severity == ERROR:
            yield from _literal(literal)
    yield styled(_summary(history, hidden=not notes), bold=True)
    if history.before:
        yield f"Left out: {_count(history.before, 'secret')} that commits before the range hold"
    if not_looked_at := passed_over.line(history.passed_over):
        yield not_looked_at
    if history.sought is not None:
        yield from sought.lines(history.sought)
    yield from (f"Note: {note}" for note in history.notes)


def _literal(literal: Literal) -> Iterator[str]:
    cell = f"cell {literal.cell}:" if literal.cell else ""
    mark = "" if literal.severity == ERROR else " (note)"
    yield f"{literal.path}:{cell}{literal.line}: {literal.code}{mark} {literal.message}"
    yield f"    {when(literal)}  [{literal.fingerprint}]"
    if where := _where(literal):
        yield f"    {where}"


def when(literal: Literal) -> str:
    """Return in which commits a credential is held, in words."""
    first, last = literal.first, literal.last
    told = f"first in {first.id[:12]} of {first.date[:10]}"
    if literal.at_head:
        return f"{told}, still at HEAD"
    return f"{told}, last in {last.id[:12]} of {last.date[:10]}, not at HEAD"


def _where(literal: Literal) -> str:
    names = [*literal.refs.branches, *literal.refs.tags, *literal.refs.others]
    if not names:
        return ""
    more = len(names) - _MOST_REFS + literal.refs.more
    return f"on {', '.join(names[:_MOST_REFS])}" + (f" and {more:,} more" if more > 0 else "")


def _summary(history: History, *, hidden: bool) -> str:
    errors = [literal for literal in history.literals if literal.severity == ERROR]
    notes = len(history.literals) - len(errors)
    looked = f"{_count(history.commits, 'commit')} ({_count(history.versions, 'version')} of files)"
    if not errors:
        more = f"; --notes shows {_count(notes, 'note')}" if notes and hidden else ""
        return f"Found {'no secret' if notes else 'nothing'} in {looked}{more}"
    secrets = len({literal.fingerprint for literal in errors})
    now = sum(literal.at_head for literal in errors)
    places = _count(len(errors), "place")
    told = f"Found {_count(secrets, 'secret')} at {places} in {looked}, {now:,} still at HEAD"
    if notes and hidden:
        told += f"; --notes shows {_count(notes, 'note')}"
    return told


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
