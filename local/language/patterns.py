"""Patterns of LIKE, as SHOW and the catalogue use them."""

import re
from collections.abc import Callable


def like(pattern: str, *, case_sensitive: bool = True, escape: str = "\\") -> Callable[[str], bool]:
    """Return what tells whether a text matches a pattern of LIKE, `%` and `_`."""
    parts = []
    index = 0
    while index < len(pattern):
        character = pattern[index]
        if character == escape and index + 1 < len(pattern):
            index += 1
            parts.append(re.escape(pattern[index]))
        else:
            parts.append({"%": ".*", "_": "."}.get(character, re.escape(character)))
        index += 1
    compiled = re.compile("".join(parts), re.DOTALL | (0 if case_sensitive else re.IGNORECASE))
    return lambda text: compiled.fullmatch(text) is not None
