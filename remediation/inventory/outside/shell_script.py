"""Shell scripts: `. .env`, `export $(cat .env | xargs)`, `docker run --env-file`, and `$KEY`.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html. A script that reads
`$KEY` and gives it no value has it from its environment, which a .env file may feed.
"""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines
from .commands import commands, constants
from .in_commands import SOURCING, Place, uses_in
from .tree import Tree

KIND = "shell script"

_SUFFIX = re.compile(r"\.(?:sh|bash|zsh|ksh|ash|dash)$|(?:^|/)[^./]+$")
_FIRST_LINE = re.compile(r"#!\s*\S*/(?:env\s+(?:-S\s+)?)?(?:ba|da|z|k|a)?sh\b")
# `$KEY`, `${KEY…}`; what stands in single quotes is told apart by nobody, and counts.
_READ = re.compile(r"(?<!\\)\$(?:([A-Za-z_]\w*)|\{[#!]?([A-Za-z_]\w*)(:?[-=?+])?)")
_SET = re.compile(
    r"(?:^|[;&|(){}\n]|\b(?:then|do|else|export|local|readonly|declare|typeset)(?:\s+-\w+)*)[ \t]*"
    r"([A-Za-z_]\w*)\+?=|\b(?:for|select)\s+([A-Za-z_]\w*)\s+in\b|\bread\s+(?:-\w+\s+)*([A-Za-z_]\w*)"
)
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")


def reads(path: str) -> bool:
    return _SUFFIX.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    if "." not in path.rpartition("/")[2] and not _FIRST_LINE.match(text):
        return
    found = list(uses_in(commands(text), Place(path, KIND), constants(text)))
    yield from found
    yield from keys_read(path, text, KIND)


def keys_read(path: str, text: str, kind: str) -> Iterator[EnvUse]:
    """Yield a use for each variable that a script reads without giving it a value."""
    text = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    given = {name for names in _SET.findall(text) for name in names if name}
    seen: set[str] = set()
    lines = Lines(text)
    for match in _READ.finditer(text):
        key = match[1] or match[2]
        # `KEY=${KEY:-default}` reads what it sets.
        if key in seen or (key in given and not match[3]):
            continue
        seen.add(key)
        yield EnvUse(
            path, lines.at(match.start()), kind, "", (), frozenset({key}),
            f"reads ${key} from its environment", SOURCING,
        )  # fmt: skip
