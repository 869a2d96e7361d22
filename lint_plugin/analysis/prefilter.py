"""The test that most files fail: does a file name the environment at all?"""

import re
from collections.abc import Iterable

# Substring tests run at the speed of memory; the word test only sees what they let through.
_CORES = (b"environ", b"etenv", b"putenv")
_WORDS = re.compile(rb"(?<![\w])(?:environb?|getenvb?|putenv|unsetenv)(?![\w])")


def prefilter(data: bytes) -> bool:
    """Say whether the bytes of a file hold a word such as `environ` or `getenv`.

    False means that it has no environment access. `environment` is another word.
    """
    return any(core in data for core in _CORES) and _WORDS.search(data) is not None


def word_pattern(words: Iterable[str]) -> re.Pattern[bytes]:
    """Return a pattern that finds any of `words` as whole words in UTF-8 source."""
    alternatives = b"|".join(sorted(re.escape(word.encode("utf-8")) for word in words))
    return re.compile(rb"(?<![\w])(?:" + alternatives + rb")(?![\w])")
