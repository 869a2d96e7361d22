"""Path patterns of `[tool.hushflake]`: the useful part of what `.gitignore` writes.

- without a slash (`conftest.py`, `gen_*`): any file or folder of that name, at any depth;
- with a slash (`scripts/*.py`, `docs/`): from the root; `**` crosses folders, `*` does not;
- a pattern that names a folder takes everything below it.
"""

import re
from collections.abc import Callable, Iterable


def wildcards(
    pattern: str,
    anything: str = ".",
    spelt: Callable[[str], str] = re.escape,
    *,
    at_end: bool = True,
) -> str:
    """Return the regular expression of a pattern in which `*` is any number of `anything`.

    Patterns come from a repository, and `*a*a*a*a*b` must not take the time that backtracking over
    every star would: what follows a star is searched for once, and never again farther on. That
    finds all matches, because what is left to match only gets shorter.

    Args:
        pattern: What it is made of.
        anything: The regular expression of one character that a star may stand for.
        spelt: Returns the regular expression of what stands between stars.
        at_end: Whether the match ends where the pattern does; else anything may follow.
    """
    first, *rest = map(spelt, re.sub(r"\*+", "*", pattern).split("*"))
    *middle, last = rest or [""]
    searched = "".join(f"(?>{anything}*?{piece})" for piece in middle)
    if not rest:
        return first
    end = f"{anything}*?{last}"
    return f"{first}{searched}{end if at_end else f'(?>{end})'}"


def _in_folder(piece: str) -> str:
    return "".join("[^/]" if char == "?" else re.escape(char) for char in piece)


def _translate(pattern: str) -> str:
    anchored = "/" in pattern.rstrip("/")
    text = re.sub(r"\*{3,}", "**", pattern.strip("/"))
    # `**/` is any number of folders; runs of it mean no more than one.
    *before, last = re.split(r"((?:\*\*/)+|\*\*)", text if anchored else f"**/{text}")
    out, opened = "", 0
    for at, part in enumerate(before):
        if at % 2 == 0:
            out += wildcards(part, "[^/]", _in_folder, at_end=False)
            continue
        is_last = at == len(before) - 1
        # The whole part up to the next `**` is searched for once, as in `wildcards`.
        out += (")" if opened else "") + ("(?:" if is_last else "(?>")
        out += "(?:.*?/)??" if part.endswith("/") else ".*?"
        opened = 1
    out += wildcards(last, "[^/]", _in_folder) + (")" if opened else "")
    return out + ("/.*" if pattern.endswith("/") else "(?:/.*)?")


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
