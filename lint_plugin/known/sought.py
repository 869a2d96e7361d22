"""What `check --known` looked for, as reports tell it: keys and counts, never a value."""

from collections.abc import Iterator
from typing import Any, NamedTuple

# As many keys as a line of a report names.
_MOST_KEYS = 20


class Left(NamedTuple):
    """A value that was not looked for: its key, its source and why."""

    key: str
    source: str
    reason: str


class Sought(NamedTuple):
    """What was looked for.

    Attributes:
        values: How many values.
        sources: The sources that were asked, as people call them.
        left: The values that were left out.
        unnamed: The reasons whose keys no line names, for they are those of a whole environment.
    """

    values: int
    sources: tuple[str, ...]
    left: tuple[Left, ...] = ()
    unnamed: frozenset[str] = frozenset()


def lines(sought: Sought) -> Iterator[str]:
    """Yield the lines for the end of a report."""
    noun = "value" if sought.values == 1 else "values"
    yield f"Looked for {sought.values:,} known {noun} of {', '.join(sought.sources)}"
    reasons: dict[str, list[str]] = {}
    for each in sought.left:
        reasons.setdefault(each.reason, []).append(each.key)
    for reason, keys in sorted(reasons.items()):
        told = f"Not looked for: {len(keys):,} ({reason})"
        if reason not in sought.unnamed:
            more = len(keys) - _MOST_KEYS
            told += f": {', '.join(keys[:_MOST_KEYS])}" + (f" and {more:,} more" * (more > 0))
        yield told


def document(sought: Sought) -> dict[str, Any]:
    """Return what a JSON document says of it."""
    return {
        "values": sought.values,
        "sources": list(sought.sources),
        "left_out": [each._asdict() for each in sought.left],
    }
