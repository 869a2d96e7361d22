"""Who owns a file, as a CODEOWNERS file of GitHub or GitLab says: the last pattern that fits.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners,
https://docs.gitlab.com/user/project/codeowners/reference/
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hushflake.lint_plugin.path_patterns import PathPatterns
from hushflake.lint_plugin.reading import LARGEST_TEXT, is_inside, read

from ..errors import RemediationError, RemediationFailureError

# Where GitHub and GitLab look, in this order; the first one counts.
PLACES = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
# More patterns than any organisation keeps, and what a run may take the time for.
_MOST = 10_000
# `[Section]`, `^[Optional section][2] @default-owner`.
_SECTION = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?(.*)")
# A word; a backslash keeps the space or `#` behind it.
_WORD = re.compile(r"(?:\\.|[^\\\s#])(?:\\.|[^\\\s])*")
_ESCAPED = re.compile(r"\\([ #\\!])")


class _Rule(NamedTuple):
    pattern: str
    owners: tuple[str, ...]
    paths: PathPatterns


class CodeOwners:
    """The rules of one file, the last that fits a path first."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = tuple(reversed(rules))

    def owners(self, path: str) -> tuple[str, ...]:
        """Return the owners of a path (relative, with `/`) as they are spelt; empty if nobody."""
        return next((rule.owners for rule in self._rules if _fits(rule, path)), ())


def read_code_owners(top: Path) -> CodeOwners:
    """Read the CODEOWNERS file of a repository.

    Raises:
        RemediationError: There is none, or it has more patterns than can be asked.
        RemediationFailureError: It cannot be read.
    """
    place = next((place for place in PLACES if (top / place).exists()), "")
    if not place or not is_inside(str(top / place), str(top)):
        raise RemediationError(
            f"{top}: no CODEOWNERS file in {', '.join(PLACES)}; write one, or say --split package"
        )
    try:
        data = read(str(top / place), LARGEST_TEXT * 3)
    except OSError as error:
        raise RemediationFailureError(f"{place}: cannot be read: {error.strerror}") from None
    return parse(data.decode("utf-8", "surrogateescape"), place)


def parse(text: str, name: str = "CODEOWNERS") -> CodeOwners:
    """Read the text of a CODEOWNERS file. What is no rule is passed over, as both services do.

    Raises:
        RemediationError: It has more patterns than can be asked.
    """
    rules = list(_rules(text))
    if len(rules) > _MOST:
        raise RemediationError(f"{name}: has more than {_MOST:,} patterns; say --split package")
    return CodeOwners(rules)


def _rules(text: str) -> Iterator[_Rule]:
    defaults: tuple[str, ...] = ()
    for line in text.splitlines():
        section = _SECTION.fullmatch(line.strip())
        if section and not section[1].startswith("/"):
            defaults = tuple(_words(section[1]))
            continue
        words = list(_words(line))
        if not words:
            continue
        excluded = words[0].startswith("!")
        pattern = _ESCAPED.sub(r"\1", words[0].removeprefix("!"))
        owners = () if excluded else (tuple(words[1:]) or defaults)
        if pattern.strip("/"):
            yield _Rule(pattern, owners, PathPatterns([pattern]))


def _words(line: str) -> Iterator[str]:
    """Yield the words of a line up to a comment."""
    at = 0
    while match := _WORD.search(line, at):
        # A `#` that begins a word begins a comment.
        if "#" in line[at : match.start()]:
            return
        yield match[0]
        at = match.end()


def _fits(rule: _Rule, path: str) -> bool:
    if not rule.paths.match(path):
        return False
    # `docs/*` is what stands in the folder itself, and nothing in folders below it.
    folder = path.rpartition("/")[0]
    is_shallow = rule.pattern.endswith("/*") and not rule.pattern.endswith("**/*")
    return not (is_shallow and folder and rule.paths.match(folder))
