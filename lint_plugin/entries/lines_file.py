"""Formats whose syntax is a line: `.env`, INI, and the properties of Java and npm.

`configparser` and its like keep no places, and stop at the first line that they do not like.
"""

import re
from collections.abc import Iterator

from .model import Entry, Reading, Scope, Text

# A name, what binds, and the rest of the line. Everything is taken whole and bounded.
_ENV = re.compile(
    r"[ \t]*+(?:(?:export|set|SET)[ \t]++)?(?P<name>[A-Za-z_][\w.\-]{0,200}+)"
    r"[ \t]*+(?P<sign>[=:])[ \t]*+"
)
_INI = re.compile(r"[ \t]{0,3}(?P<name>[^\s=:#;\[\]][^=:\n]{0,200}?)[ \t]*(?P<sign>[=:])[ \t]*")
_PROPERTIES = re.compile(r"[ \t]*+(?P<name>[^\s=#!][^\s=]{0,200}+)[ \t]*+(?P<sign>=)[ \t]*+")
_COLON = re.compile(r"[ \t]*+(?P<name>[^\s=:#!]{1,200}+)[ \t]*+(?P<sign>:)[ \t]*+")
_SECTION = re.compile(r"\[(?P<name>[^\]\n]{1,200})\]")
# A value in quotes, which may go over lines in a .env file.
_QUOTED = re.compile(
    r"""(?P<quote>["'`])(?P<value>(?:(?!(?P=quote))[^\\]|\\[\s\S]){0,20000}+)(?P=quote)"""
)
_QUOTED_ON_LINE = re.compile(
    r"""(?P<quote>["'])(?P<value>(?:(?!(?P=quote))[^\\\n]|\\.){0,4000}+)(?P=quote)"""
)
_ITEM = re.compile(r"[ \t]++(?P<name>[A-Za-z_]\w{0,100}+)[ \t]*+=[ \t]*+(?=\S)")


def read_env(text: Text) -> Reading:
    """Read a .env file."""
    return _read(text, (_ENV,), "#", quoted=_QUOTED)


def read_ini(text: Text) -> Reading:
    """Read what `configparser` reads."""
    return _read(text, (_INI,), "#;", quoted=_QUOTED_ON_LINE, has_sections=True)


def read_properties(text: Text) -> Reading:
    """Read properties."""
    return _read(text, (_PROPERTIES, _COLON), "#!", quoted=None)


def _read(
    text: Text,
    patterns: tuple[re.Pattern[str], ...],
    signs: str,
    *,
    quoted: re.Pattern[str] | None,
    has_sections: bool = False,
) -> Reading:
    shadow = text.shadow[: text.end].decode("ascii")
    entries: list[Entry] = []
    comments: list[tuple[int, int]] = []
    scope, key = Scope(), ""
    at = text.start
    while at < text.end:
        end = shadow.find("\n", at, text.end)
        end = text.end if end < 0 else end
        first = shadow[at : at + 200].lstrip(" \t")[:1]
        section = _SECTION.match(shadow, at, end) if has_sections else None
        match = next(filter(None, (pattern.match(shadow, at, end) for pattern in patterns)), None)
        if first and first in signs:
            comments.append((shadow.find(first, at), end))
        elif section:
            scope = Scope(section["name"].strip())
        elif has_sections and key and shadow[at] in " \t":
            # What is indented goes on with the value, or is an item of a list.
            entries.extend(_items(text, shadow, scope, key, at, end))
        elif match:
            key = text.shown(*match.span("name")).strip()
            entry, after = _entry(text, shadow, scope, key, match, end, quoted, signs)
            scope.values.setdefault(key, entry.value)
            entries.append(entry)
            if after > end:
                newline = shadow.find("\n", after, text.end)
                end = text.end if newline < 0 else newline
            comment = re.compile(rf"[ \t][{signs}][^\n]*+").search(shadow, after, end)
            if comment:
                comments.append((comment.start() + 1, comment.end()))
        at = end + 1
    return Reading(entries, comments)


def _entry(
    text: Text,
    shadow: str,
    scope: Scope,
    key: str,
    match: re.Match[str],
    end: int,
    quoted: re.Pattern[str] | None,
    signs: str,
) -> tuple[Entry, int]:
    """Return the entry of a line, and where its value ends."""
    start = match.end()
    found = quoted.match(shadow, start, text.end) if quoted else None
    if found:
        first, last = found.span("value")
        return Entry(scope, key, text.shown(first, last), first, last, match.start("name")), (
            found.end()
        )
    value = shadow[start:end]
    # A comment after a blank; in properties there is none.
    if quoted is not None:
        value = re.split(rf"(?:^|[ \t])[{signs}]", value, maxsplit=1)[0]
    last = start + len(value.rstrip())
    return Entry(scope, key, text.shown(start, last), start, last, match.start("name")), last


def _items(text: Text, shadow: str, scope: Scope, key: str, at: int, end: int) -> Iterator[Entry]:
    line = shadow[at:end]
    start, last = at + len(line) - len(line.lstrip()), at + len(line.rstrip())
    if start >= last:
        return
    item = _ITEM.match(shadow, at, end)
    if item:
        key, start = item["name"], item.end()
    yield Entry(scope, key, text.shown(start, last), start, last, start)
