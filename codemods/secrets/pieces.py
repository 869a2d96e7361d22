"""The pieces of a string in source: prefix, quotes, body, and the fields of an f-string.

Python joins `"a" f"b{c}"` into one node of the tree, whose positions tell nothing of its pieces.
https://docs.python.org/3/reference/lexical_analysis.html#string-and-bytes-literals
"""

import ast
import re
from typing import NamedTuple

_OPENING = re.compile(r"""(?P<prefix>[a-zA-Z]{0,2})(?P<quote>'''|\"\"\"|'|")""")
# What may stand between two pieces: white space, comments, joined lines, a plus, parentheses.
_BETWEEN = re.compile(r"(?:\s|\\\r?\n|\\\r|#[^\r\n]*|[+()])*")
_NAMED = re.compile(r"\\N\{[^}]*\}")


class Piece(NamedTuple):
    """One literal of a string. Offsets are those in the text that was read.

    Attributes:
        start: Of its prefix.
        body: Of what is between its quotes.
        body_end: Of its closing quote.
        end: Behind its closing quote.
        prefix: Its letters, in lower case.
        quote: One or three quotes.
        fields: Ranges of the replacement fields, braces included.
    """

    start: int
    body: int
    body_end: int
    end: int
    prefix: str
    quote: str
    fields: tuple[tuple[int, int], ...] = ()

    @property
    def is_raw(self) -> bool:
        return "r" in self.prefix

    @property
    def is_bytes(self) -> bool:
        return "b" in self.prefix

    @property
    def other_quote(self) -> str:
        """The quote that may stand inside a field, also before Python 3.12."""
        return "'" if '"' in self.quote else '"'


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a string as it is spelt.

    Raises:
        ValueError: It is none.
    """
    found: list[Piece] = []
    at = 0
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at >= len(text):
            return found
        piece = _piece(text, at)
        found.append(piece)
        at = piece.end


def has_comment(text: str) -> bool:
    """Say whether a comment stands between the pieces of a string."""
    at = 0
    for piece in pieces(text):
        if "#" in text[at : piece.start]:
            return True
        at = piece.end
    return "#" in text[at:]


def value_of(piece: Piece, raw: str) -> str | bytes:
    """Return what a part of the body of a piece stands for.

    Raises:
        ValueError: It is no whole part: an escape is cut in two.
    """
    prefix = piece.prefix.replace("f", "").replace("u", "")
    if "f" in piece.prefix:
        raw = raw.replace("{{", "{").replace("}}", "}")
    try:
        value = ast.literal_eval(f"{prefix}{piece.quote}{raw}{piece.quote}")
    except (SyntaxError, ValueError, MemoryError):
        raise ValueError("no part of a literal") from None
    if not isinstance(value, str | bytes):
        raise ValueError("no part of a literal")
    return value


def with_doubled_braces(piece: Piece, raw: str) -> str:
    """Return a part of a plain literal as an f-string spells it."""
    if "f" in piece.prefix:
        return raw
    kept = list(_NAMED.finditer(raw)) if not piece.is_raw else []
    at, done = 0, ""
    for match in kept:
        done += raw[at : match.start()].replace("{", "{{").replace("}", "}}") + match[0]
        at = match.end()
    return done + raw[at:].replace("{", "{{").replace("}", "}}")


def _piece(text: str, start: int) -> Piece:
    opening = _OPENING.match(text, start)
    if opening is None:
        raise ValueError("no string")
    prefix, quote = opening["prefix"].lower(), opening["quote"]
    fields: list[tuple[int, int]] = []
    at = opening.end()
    while not text.startswith(quote, at):
        if at >= len(text):
            raise ValueError("a string without an end")
        if text[at] == "\\":
            named = None if "r" in prefix else _NAMED.match(text, at)
            at = named.end() if named else at + 2
        elif "f" in prefix and text[at] == "{" and text[at + 1 : at + 2] != "{":
            end = _end_of_field(text, at + 1)
            fields.append((at, end))
            at = end
        elif "f" in prefix and text[at] == "{":
            at += 2
        else:
            at += 1
    return Piece(start, opening.end(), at, at + len(quote), prefix, quote, tuple(fields))


def _end_of_field(text: str, at: int) -> int:
    """Return the offset behind the brace that closes a field."""
    depth = 1
    while at < len(text):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at + 1
        elif text[at] in "'\"":
            at = _piece(text, at).end
            continue
        at += 1
    raise ValueError("a field without an end")
