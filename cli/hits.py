"""Search hits as lines of text, for `search` and `ask`."""

from typing import TYPE_CHECKING

from hushflake.terminal.text import Text, styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hushflake.knowledge.search import Hit

SCORE = (
    "Score: similarity of meaning (up to 1) + words (up to 1) + words of the title (up to 0.6) + 2 "
    "for an exact key, id or title. --explain shows the parts."
)
_MARK = "**"


def hit_lines(
    rank: int, hit: "Hit", *, ids: bool = False, explain: bool = False
) -> "Iterator[Text]":
    """Yield the lines of one hit: what it is, its score, the text that fits best."""
    number = f"{rank:>2}. "
    yield Text(
        number,
        styled(hit.title, bold=True),
        "  ",
        styled(f"{hit.entity} {hit.key}", fg="cyan"),
        f"  {hit.score:.2f}",
    )
    margin = " " * len(number)
    if hit.passage is not None:
        place = f"{hit.passage.heading} (passage {hit.passage.number})"
        yield Text(margin, styled(place, dim=True))
    yield Text(margin, marked(hit.snippet))
    if ids:
        yield Text(margin, styled(facts_of(hit), dim=True))
    if explain:
        yield Text(margin, styled(parts_of(hit), dim=True))


def marked(snippet: str) -> Text:
    """Return a snippet with the asked words in bold; its marks are for programs."""
    parts = snippet.split(_MARK)
    return Text(*(styled(part, bold=True) if n % 2 else part for n, part in enumerate(parts)))


def parts_of(hit: "Hit") -> str:
    """Return what the score of a hit is made of: each part, and what it is worth."""
    from hushflake.knowledge.scoring import PARTS

    parts = [
        f"{name} {hit.reasons[name]:.2f}" + (f" x {weight:g}" if weight != 1 else "")
        for name, weight in PARTS.items()
        if hit.reasons.get(name)
    ]
    return "score: " + (" + ".join(parts) or "0")


def facts_of(hit: "Hit") -> str:
    """Return when a row changed, and its ids in other systems."""
    ids = [f"{name.removesuffix('_id')} {value}" for name, value in hit.source_ids.items()]
    changed = f"changed {hit.updated_at:%Y-%m-%d %H:%M}" if hit.updated_at else "never changed"
    return ", ".join([changed, *ids])
