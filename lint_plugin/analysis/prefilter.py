"""The test that most files fail: does a file name the environment at all?

Built on `bytes.find`, which is ten times as fast as a regular expression here.
"""

import re
from collections.abc import Iterable, Iterator

from .respelt import respelt

# Searched for by what their group has in common, one scan each; the pattern passes over
# `environment` without coming back to Python for it.
_ENVIRON = re.compile(rb"environb?(?![\w\x80-\xff])")
_OTHERS = tuple(word.encode() for word in ("getenv", "getenvb", "putenv", "unsetenv"))
_ALL = frozenset({*_OTHERS, b"environ", b"environb"})
_WORD = re.compile(rb"[\w\x80-\xff]+")
# Each search goes through the whole text: after so many it is cheaper to note every word of it.
_SEARCHES = 200
# Bytes that may be part of a name: letters, digits, `_`, and all of a non-ASCII character.
_NAME_BYTES = frozenset(
    byte for byte in range(256) if byte >= 0x80 or chr(byte).isalnum() or byte == 0x5F
)


def prefilter(data: bytes) -> bool:
    """Say whether the bytes of a file hold a word such as `environ` or `getenv`.

    False means that it has no environment access. `environment` is another word.
    """
    return _names_environment(data) or not _ALL.isdisjoint(respelt(data, as_ascii=True))


def _names_environment(data: bytes) -> bool:
    if b"tenv" in data and any(_stands_in(data, word) for word in _OTHERS):
        return True
    if b"environ" not in data:
        return False
    return any(
        not match.start() or data[match.start() - 1] not in _NAME_BYTES
        for match in _ENVIRON.finditer(data)
    )


def has_word(data: bytes, words: Iterable[bytes]) -> bool:
    """Say whether any of `words` stands in `data` as a whole word, however it is spelt."""
    words = list(words)
    return any(_stands_in(data, word) for word in words) or any(
        map(respelt(data, as_ascii=True).get, words)
    )


def _stands_in(data: bytes, word: bytes) -> bool:
    return word in data and next(word_offsets(data, word), -1) >= 0


class Words:
    """Where the words of a text stand: searched for one by one, and all at once when many are."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._searched = 0
        self._all: dict[bytes, list[int]] | None = None

    def offsets(self, word: bytes) -> Iterable[int]:
        """Return where a word stands, in order."""
        if self._all is None:
            self._searched += 1
            if self._searched <= _SEARCHES:
                return word_offsets(self._data, word)
            self._all = {}
            for match in _WORD.finditer(self._data):
                self._all.setdefault(match[0], []).append(match.start())
        return self._all.get(word, ())


def word_offsets(data: bytes, word: bytes) -> Iterator[int]:
    """Yield where `word` stands in `data` as a whole word, spelt as it is given."""
    at = data.find(word)
    size, last = len(word), len(data)
    while at >= 0:
        end = at + size
        if (end == last or data[end] not in _NAME_BYTES) and (
            not at or data[at - 1] not in _NAME_BYTES
        ):
            yield at
        at = data.find(word, end)
