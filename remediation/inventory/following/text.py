"""A text as it is known before the program runs: what is written, and what a caller gives."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

# More alternatives than this say nothing any more.
MOST = 64
# A key that is longer is none, in characters and in parts.
LONGEST = 500
_PARTS = 100
# The owner of a hole: a parameter of the function itself, an attribute of the object that it is a
# method of, or the parameter of another function, by the identity of its node.
MINE, SELF = 0, -1


class Hole(NamedTuple):
    """A part of a text that a caller gives, and what is done to it.

    Attributes:
        owner: `MINE`, `SELF`, or the identity of the node of a function around.
        name: Of the parameter or attribute.
        changes: Methods of a text with their arguments, in order: `("upper",)`.
    """

    owner: int
    name: str
    changes: tuple[tuple[str, ...], ...] = ()


# Literal parts, holes, and None for what is not known.
Text = tuple[str | Hole | None, ...]
UNKNOWN: Text = (None,)
# Methods of a text that are followed: those that change each part by itself, and those that do not.
_EVERYWHERE = frozenset({"upper", "lower", "casefold", "replace"})
_AT_ENDS = frozenset({"strip", "lstrip", "rstrip", "removeprefix", "removesuffix"})


def constant(text: Text) -> str | None:
    """Return the text where all of it is written, None otherwise."""
    return "".join(map(str, text)) if all(isinstance(part, str) for part in text) else None


def pattern(text: Text) -> str:
    """Return it with `*` for what is not known, "" where nothing is."""
    found = "".join(part if isinstance(part, str) else "*" for part in text)
    while "**" in found:
        found = found.replace("**", "*")
    return found if found.strip("*") else ""


def holes(text: Text) -> list[Hole]:
    """Return what callers give of a text."""
    return [part for part in text if isinstance(part, Hole)]


def is_given_here(text: Text) -> bool:
    """Say whether an argument of the function itself is a part of a text."""
    return any(hole.owner == MINE for hole in holes(text))


def join(parts: Sequence[Sequence[Text]]) -> list[Text]:
    """Return the texts that some parts, each with its alternatives, give one after another."""
    found: list[Text] = [()]
    for part in parts:
        if len(found) * len(part) > MOST:
            part = [UNKNOWN]
        found = [_merged((*begin, *end)) for begin in found for end in part]
    return found


def changed(text: Text, change: tuple[str, ...]) -> Text:
    """Return a text after a method of it; what is given is changed when it is known."""
    if change[0] not in _EVERYWHERE and (change[0] not in _AT_ENDS or len(text) > 1):
        return UNKNOWN
    parts = [
        part._replace(changes=(*part.changes, change)) if isinstance(part, Hole) else part
        for part in text
    ]
    done = [_apply(part, change) if isinstance(part, str) else part for part in parts]
    return UNKNOWN if None in done and None not in parts else _merged(done)


def filled(text: Text, give: Callable[[Hole], Sequence[Text]]) -> list[Text]:
    """Return a text with what callers give in the place of its holes."""
    parts: list[Sequence[Text]] = []
    for part in text:
        if not isinstance(part, Hole):
            parts.append([(part,)])
            continue
        given = list(give(part))[:MOST] or [UNKNOWN]
        for change in part.changes:
            given = [changed(each, change) for each in given]
        parts.append(given)
    return join(parts)


def _apply(part: str, change: tuple[str, ...]) -> str | None:
    name, *arguments = change
    done: str = getattr(part, name)(*arguments)
    return done if len(done) <= LONGEST else None


def _merged(parts: Iterable[str | Hole | None]) -> Text:
    """Return parts with literals that follow each other as one."""
    found: list[str | Hole | None] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
            if len(found[-1]) > LONGEST:
                return UNKNOWN
        elif part != "" and not (part is None and found and found[-1] is None):
            found.append(part)
            if len(found) > _PARTS:
                return UNKNOWN
    return tuple(found) or ("",)
