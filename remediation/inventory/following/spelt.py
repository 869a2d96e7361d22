"""Asks a source for names, many of them: each search goes through all of it."""

import re

_WORD = re.compile(rb"[\w\x80-\xff]+")
# After so many searches the words of the source are noted instead.
_SEARCHES = 200


class Spelt:
    """The bytes of a source, as one that is asked for names."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _SEARCHES
        self._words: frozenset[bytes] | None = None

    def has(self, name: bytes) -> bool:
        """Say whether a name occurs in the source."""
        if self._words is None:
            if self._is_affordable():
                return name in self._data
            self._words = frozenset(_WORD.findall(self._data))
        return name in self._words

    def may_have(self, text: bytes) -> bool:
        """Say whether a text occurs in the source; true where too much was asked to look."""
        return not self._is_affordable() or text in self._data

    def _is_affordable(self) -> bool:
        self._left -= 1
        return self._left >= 0
