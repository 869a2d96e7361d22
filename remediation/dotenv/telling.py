"""What stays in .env files, for people: keys with one reader together, with the remedy."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..wording import counted
from .names import printable_name
from .needed import Decision, Holder

# A person reads so many names; a document has all of them.
_MOST = 12


def listed(keys: Sequence[str]) -> str:
    """Return names for a person: the first ones, and how many there are more."""
    shown = ", ".join(keys[:_MOST])
    return f"{shown} and {len(keys) - _MOST:,} more" if len(keys) > _MOST else shown


class Told(NamedTuple):
    """Keys that stay for one reason.

    Attributes:
        keys: The keys; none for why the file stays.
        place: The first place, as `path:line`; "" for none.
        more: How many more there are in that file.
        text: Who does what with them.
        remedy: What would let them go.
        is_all: Whether they are all keys of the file.
    """

    keys: tuple[str, ...]
    place: str
    more: int
    text: str
    remedy: str
    is_all: bool = False

    @property
    def named(self) -> str:
        """The keys, or how many they are where they are many; "" for none."""
        return (
            f"all {len(self.keys)} keys"
            if self.is_all and len(self.keys) > _MOST
            else listed(self.keys)
        )

    def __str__(self) -> str:
        more = f" and {counted(self.more, 'more line')}" if self.more else ""
        return f"{self.place}{more}: {self.text}" if self.place else self.text


def told(decision: Decision) -> Iterator[Told]:
    """Yield why keys of a file stay, those of one reader and one file together."""
    everything = {*decision.stays, *decision.goes}
    groups: dict[tuple[str, str, str], list[tuple[str, Holder]]] = {}
    for key, holders in decision.stays.items():
        for one in holders:
            groups.setdefault((one.path, one.kind, one.remedy), []).append((key, one))
    for (path, kind, remedy), found in groups.items():
        keys = tuple(dict.fromkeys(printable_name(key) or "a key" for key, _one in found))
        does = list(dict.fromkeys(one.does for _key, one in found))
        lines = sorted({one.line for _key, one in found})
        place = f"{path}:{lines[0]}" if path and lines[0] else path
        subject = "" if kind in _WITHOUT_SUBJECT else f"{kind} "
        text = f"{subject}{does[0]}" if len(does) == 1 else f"{subject}reads them"
        yield Told(keys, place, len(lines) - 1, text, remedy, is_all=len(keys) == len(everything))
    if decision.file_stays is not None:
        one = decision.file_stays
        text = f"{one.kind} {one.does}: the file stays, without its keys"
        yield Told((), one.place, 0, text, one.remedy)


_WITHOUT_SUBJECT = frozenset({"nothing", "accessor", "code", ".env file"})
