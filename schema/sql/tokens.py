"""SQL text as tokens: strings, comments, names and the rest.

Source of the rules: Snowflake documentation, "String and binary data types", "Identifier
requirements". An escape by a backslash counts within quotes; comments do not nest.
"""

import re
from collections.abc import Iterator
from typing import Final

# An unclosed comment reaches to the end, so that no text makes the search start over and over.
TOKEN: Final = re.compile(
    r"""(?P<space>\s++|--[^\n]*+|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))
    |(?P<string>'(?:[^'\\]++|''|\\.)*+'|\$\$.*?\$\$)
    |(?P<name>(?:"(?:[^"]++|"")++"|[A-Za-z_][A-Za-z0-9_$]*+)(?:\s*+\.\s*+(?:"(?:[^"]++|"")++"|[A-Za-z_][A-Za-z0-9_$]*+))*)
    |(?P<other>[0-9][0-9.eE]*|::|[<>=!|]+|.)""",
    re.VERBOSE | re.DOTALL,
)


def spans(text: str) -> Iterator[tuple[str, str, int, int]]:
    """(class, text, start, end) of each token; comments and white space go."""
    for match in TOKEN.finditer(text):
        group = match.lastgroup or "other"
        if group != "space":
            yield group, match[0], match.start(), match.end()


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """(class, text) of each token: string, name (dotted names are one), other. Comments go."""
    for match in TOKEN.finditer(text):
        group = match.lastgroup or "other"
        if group != "space":
            yield group, match[0]


def is_too_deep(text: str, limit: int = 250) -> bool:
    """Whether brackets and CASE stand deeper in each other than `limit`.

    sqlglot, where it is compiled, answers some thousand levels with a crash of the process.
    """
    depth = 0
    for _, token in tokens(text):
        word = token.upper()
        if word in _OPEN:
            depth += 1
            if depth > limit:
                return True
        elif word in _CLOSE:
            depth = max(0, depth - 1)
    return False


_OPEN: Final = frozenset({"(", "[", "{", "CASE"})
_CLOSE: Final = frozenset({")", "]", "}", "END"})


def string_value(written: str) -> str:
    """The text of a string literal: quotes taken off, escapes undone."""
    if written.startswith("$$"):
        return written[2:-2]
    inside = written[1:-1].replace("''", "'")
    return re.sub(r"\\(.)", lambda m: _ESCAPED.get(m[1], m[1]), inside, flags=re.DOTALL)


_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
