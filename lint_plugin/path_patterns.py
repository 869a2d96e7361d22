"""Path patterns of `[tool.hushflake]`: the useful part of what `.gitignore` writes.

- without a slash (`conftest.py`, `gen_*`): any file or folder of that name, at any depth;
- with a slash (`scripts/*.py`, `docs/`): from the root; `**` crosses folders, `*` does not;
- a pattern that names a folder takes everything below it.
"""

import re
from collections.abc import Iterable


def _translate(pattern: str) -> str:
    anchored = "/" in pattern.rstrip("/")
    out, rest = [], pattern.strip("/")
    while rest:
        if rest.startswith("**/"):
            out.append("(?:.*/)?")
            rest = rest[3:]
        elif rest.startswith("**"):
            out.append(".*")
            rest = rest[2:]
        else:
            char, rest = rest[0], rest[1:]
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char))
    below = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return ("" if anchored else "(?:.*/)?") + "".join(out) + below


class PathPatterns:
    """A set of patterns, compiled at the first question."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(patterns)
        self._regex: re.Pattern[str] | None = None

    def match(self, path: str) -> bool:
        """Say whether `path` (relative to the root, `/` between parts) is meant."""
        if not self._patterns:
            return False
        if self._regex is None:
            self._regex = re.compile("|".join(map(_translate, self._patterns)), re.DOTALL)
        return self._regex.fullmatch(path) is not None
