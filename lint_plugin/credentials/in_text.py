"""Passwords in text that another program reads: statements of SQL, commands, configuration."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from .names import Names
from .values import is_credential

_SHORT = r"[^\s'\"{}$%<>\\|;&]{3,80}"


class Form(NamedTuple):
    """What it is called in messages, text in lower case that it begins with, its shape."""

    what: str
    marks: tuple[str, ...]
    pattern: str

    def compiled(self) -> re.Pattern[str]:
        """Return the pattern; the password is its group `value`."""
        return _compiled(self.pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_SQL, _COMMAND = "a statement of SQL", "a command"
FORMS = (
    # MySQL, Oracle and MariaDB: CREATE USER, ALTER USER, GRANT.
    Form(
        _SQL,
        ("identified",),
        r"\bidentified\s+(?:with\s+\w+\s+)?(?:by|as)\s+(?:password\s+)?"
        r"(?P<q>\\?['\"])(?P<value>[^'\"\\\n{}%]{3,120})(?P=q)",
    ),
    # PostgreSQL and SQL Server: CREATE ROLE … PASSWORD '…', CREATE LOGIN … PASSWORD = '…'.
    Form(
        _SQL,
        ("create", "alter"),
        r"\b(?:create|alter)\s+(?:role|user|login)\b[^;\n]{0,120}?\bpassword\s{0,3}=?\s{0,3}"
        r"(?P<q>\\?['\"])(?P<value>[^'\"\\\n{}%]{3,120})(?P=q)",
    ),
    Form(_COMMAND, ("sshpass",), rf"\bsshpass\s+-p\s*\\?['\"]?(?P<value>{_SHORT})"),
    Form(
        _COMMAND,
        ("mysql",),
        rf"\bmysql(?:dump|admin|import|show)?\b[^|;&\n'\"]{{0,120}}?\s-p(?P<value>{_SHORT})",
    ),
    Form(
        _COMMAND,
        ("curl",),
        r"\bcurl\b[^|;&\n]{0,160}?\s(?:-u|--user)\s{0,3}\\?['\"]?[\w.@+-]{1,60}:"
        rf"(?P<value>{_SHORT})",
    ),
    Form(_COMMAND, ("--pass",), rf"--pass(?:word|wd)?=\\?['\"]?(?P<value>{_SHORT})"),
    Form(_COMMAND, ("pgpassword=",), rf"\bPGPASSWORD=\\?['\"]?(?P<value>{_SHORT})"),
)
# A line of YAML, of INI or of an environment file.
_LINE = re.compile(
    r"""[ \t]{0,40}(?:export[ ])?(?P<name>[A-Za-z][\w.\-]{0,60})[ \t]?[:=][ \t]?
    (?P<q>["']?)(?P<value>[^\s"'{}<>$%()\[\]]{4,120})(?P=q)[ \t]{0,40}(?=\n)""",
    re.VERBOSE,
)
# A password in such a line is more than a word: a word may be a type, a choice or a remark.
_MORE_THAN_A_WORD = re.compile(r".*[\d!@#^&*]")


def in_commands(text: str, lower: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield what holds a password, and the match with the group `value`."""
    for form in FORMS:
        for mark in form.marks:
            at = lower.find(mark)
            while at >= 0:
                match = form.compiled().match(text, at)
                value = match["value"] if match else ":"
                if match and value[0] not in ":?-" and is_credential(value, "chosen"):
                    yield form.what, match
                at = lower.find(mark, match.end() if match else at + len(mark))


def in_configuration(
    text: str, found: list[tuple[int, str]], names: Names
) -> Iterator[re.Match[str]]:
    """Yield lines inside of text of several lines that give a secret a value.

    Args:
        text: The source.
        found: Where secret words are, as `candidates.hits` returns it.
        names: Which names look secret.
    """
    if '"""' not in text and "'''" not in text:
        return
    seen = -1
    for at, _ in sorted(found):
        start = text.rfind("\n", max(0, at - 80), at) + 1
        if start <= max(0, seen):
            continue
        match = _LINE.match(text, start)
        if match is None or match.end("name") <= at:
            continue
        seen = start
        kind = names.kind(match["name"].rpartition(".")[2])
        if kind is None or not _MORE_THAN_A_WORD.match(match["value"]):
            continue
        if is_credential(match["value"], kind, match["name"]) and _is_inside(text, start):
            yield match


def _is_inside(text: str, at: int) -> bool:
    """Say whether a place is inside of a text of several lines, by the quotes before it."""
    return any(text.count(quotes, 0, at) % 2 for quotes in ('"""', "'''"))
