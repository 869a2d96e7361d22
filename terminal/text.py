"""Text with styles: what `write` prints, and what `layout` wraps and puts into tables.

A `Text` is harmless from the moment it is made: whatever string goes in is escaped, line breaks
included, so that foreign text can neither steer a terminal nor begin a line of its own. Escape
sequences come from styles alone, and only when `write` finds a terminal that wants them.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from .escape import visible

# Select Graphic Rendition (ECMA-48, 8.3.117).
_COLOURS = {
    name: str(30 + number)
    for number, name in enumerate(
        ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
    )
}


class Span(NamedTuple):
    """Escaped characters in one style: parameters of SGR, empty for none."""

    text: str
    style: str = ""


class Text:
    """A line, or a part of one: escaped, with styles. Joins with `+` like a string.

    In an f-string it is its plain text: a style that is forgotten there costs a colour only.
    """

    __slots__ = ("spans",)

    def __init__(self, *parts: "str | Text") -> None:
        self.spans: tuple[Span, ...] = tuple(
            span
            for part in parts
            for span in (part.spans if isinstance(part, Text) else (Span(visible(part)),))
            if span.text
        )

    @classmethod
    def of_spans(cls, spans: Iterable[Span]) -> Self:
        """Return the text of spans whose characters are escaped already."""
        made = cls()
        made.spans = tuple(spans)
        return made

    @property
    def plain(self) -> str:
        """The characters without styles."""
        return "".join(span.text for span in self.spans)

    def rendered(self) -> str:
        """Return the characters with the escape sequences of their styles."""
        return "".join(
            f"\x1b[{span.style}m{span.text}\x1b[0m" if span.style else span.text
            for span in self.spans
        )

    def __str__(self) -> str:
        return self.plain

    def __repr__(self) -> str:
        return f"Text({self.plain!r})"

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.spans == other.spans

    def __hash__(self) -> int:
        return hash(self.spans)

    def __add__(self, other: "str | Text") -> "Text":
        return Text(self, other)

    def __radd__(self, other: str) -> "Text":
        return Text(other, self)


def styled(text: str | Text, *, fg: str = "", bold: bool = False, dim: bool = False) -> Text:
    """Return `text` in a style; what has one keeps it.

    Args:
        text: Any text.
        fg: One of the eight names of ANSI colours.
        bold: Whether it stands out.
        dim: Whether it steps back.

    Raises:
        KeyError: `fg` is no name of a colour.
    """
    parameters = ["1"] * bold + ["2"] * dim + ([_COLOURS[fg]] if fg else [])
    style = ";".join(parameters)
    return Text.of_spans(Span(span.text, span.style or style) for span in Text(text).spans)


def joined(separator: str | Text, parts: Iterable[str | Text]) -> Text:
    """Return the parts with the separator between them."""
    texts: list[str | Text] = []
    for part in parts:
        texts += (separator, part) if texts else (part,)
    return Text(*texts)
