"""What a published format of a credential is."""

import re
from functools import cache
from typing import NamedTuple


class Provider(NamedTuple):
    """A format: its name, text that it always holds, its shape, where that is published."""

    name: str
    marks: tuple[str, ...]
    pattern: str
    reference: str
    # How many characters of the credential may stand before its mark.
    lead: int = 0

    def compiled(self) -> re.Pattern[str]:
        """Return the pattern with borders: no letter or digit of a longer word beside it."""
        return _compiled(self.pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})(?![A-Za-z0-9_])")
