"""Conflicts decided where people work: shown on their pages, settled by a choice made there.

A page shows its open conflicts in one property, a line each, and a person chooses in another. What
counts is what was shown: a conflict is settled only while its line stands on the page letter by
letter as it is now, so one that came later, or changed, never is. Text and choice are written
together: no choice outlives the text that it was made for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from .errors import SourceError, SyncMistakeError

Take = Literal["notion", "snowflake"]
CHOICES: Final[Mapping[str, Take]] = {"keep notion": "notion", "keep snowflake": "snowflake"}
_MOST = 20  # conflicts that a page shows
_WIDTH = 80
_REMARK = "→ "


class Shown(Protocol):
    """A conflict, as far as a page shows it."""

    @property
    def id(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def notion(self) -> Any: ...
    @property
    def snowflake(self) -> Any: ...
    @property
    def winner(self) -> str: ...


@dataclass(frozen=True)
class Card:
    """A page that shows conflicts, or bears a choice.

    Attributes:
        by: The id of the user who edited the page last.
    """

    page_id: str
    shown: str
    choice: str
    by: str = ""


class Board(Protocol):
    """The pages of an entity, as far as conflicts are decided on them. Raises `SourceError`."""

    def cards(self) -> Sequence[Card]:
        """Return the pages that show conflicts or bear a choice."""

    def show(self, page_id: str, text: str) -> None:
        """Write what a page shows, and empty its choice."""


class Docket(Protocol):
    """The open conflicts of an entity."""

    def open(self) -> Mapping[str, Sequence[Shown]]:
        """Return page id -> its open conflicts, the oldest first."""

    def settle(self, conflict: Shown, take: Take, by: str) -> None:
        """Let a side's value stand.

        Raises:
            SyncMistakeError: It cannot, and will not without somebody's help.
        """


@dataclass
class Cleared:
    """What was done: how many conflicts were settled, and which could not be -> why."""

    settled: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def clear(board: Board, docket: Docket, done: Cleared, *, changed: bool) -> None:
    """Settle what people chose, and let the pages show what is open.

    Args:
        done: Told of what is done, also where an error ends it.
        changed: Conflicts may have come or gone: else only choices are looked for.

    Raises:
        SourceError: The pages cannot be reached; what was settled stays settled.
        BusyError: A sync is at work; the choices stay on their pages.
    """
    cards = {card.page_id: card for card in board.cards()}
    chosen = [card for card in cards.values() if card.choice in CHOICES]
    if not chosen and not changed:
        return
    found = docket.open()
    for card in chosen:
        lines = set(card.shown.split("\n"))
        for conflict in found.get(card.page_id, ()):
            if _line(conflict) in lines:
                _settle(docket, conflict, card, done)
    if done.settled:
        found = docket.open()
    for page_id in sorted({*cards, *found}):
        before = cards.get(page_id, Card(page_id, "", ""))
        text = _text(found.get(page_id, ()), done.refused)
        if before.choice in CHOICES or _facts(text) != _facts(before.shown):
            _show(board, page_id, text)


def _settle(docket: Docket, conflict: Shown, card: Card, done: Cleared) -> None:
    try:
        docket.settle(conflict, CHOICES[card.choice], card.by)
        done.settled += 1
    except SyncMistakeError as error:
        done.refused[conflict.id] = str(error)


def _show(board: Board, page_id: str, text: str) -> None:
    try:
        board.show(page_id, text)
    except SourceError as error:
        # A page that went meanwhile shows nothing; the others do.
        if not (error.is_unseen or error.refuses_value):
            raise


def _text(conflicts: Sequence[Shown], refused: Mapping[str, str]) -> str:
    lines = []
    for conflict in conflicts[:_MOST]:
        lines.append(_line(conflict))
        if conflict.id in refused:
            lines.append(_REMARK + _plain(refused[conflict.id], 3 * _WIDTH))
    if len(conflicts) > _MOST:
        lines.append(f"{_REMARK}and {len(conflicts) - _MOST} more")
    return "\n".join(lines)


def _line(conflict: Shown) -> str:
    name = "the whole row" if conflict.field == "*" else conflict.field.lower()
    notion, snowflake = _value(conflict.notion), _value(conflict.snowflake)
    stands = {"notion": "Notion's", "snowflake": "Snowflake's"}[conflict.winner]
    return f"{conflict.id} {name}: Notion {notion}, Snowflake {snowflake}; {stands} stands"


def _facts(text: str) -> list[str]:
    return [line for line in text.split("\n") if line and not line.startswith(_REMARK)]


def _value(value: Any) -> str:
    if value is None:
        return "(empty)"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"“{_plain(text, _WIDTH)}”"


def _plain(text: str, most: int) -> str:
    """Return a text of any origin as a part of one line."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= most else text[: most - 1] + "…"
