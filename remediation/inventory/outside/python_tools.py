"""Python tools that load .env files by their settings: tox, pytest-dotenv, poethepoet, Pipenv.

https://tox.wiki/en/latest/config.html#set_env, https://pypi.org/project/pytest-dotenv/,
https://poethepoet.natn.io, https://pipenv.pypa.io/en/latest/shell.html.
"""

import re
from collections.abc import Iterator
from typing import Any

from hushflake.lint_plugin.toml import parsed

from ..mentions.base import UnreadableError
from .base import EnvUse, Holds, Lines, beside, names_env_file
from .tree import Tree

KIND = "Python tool"

_NAME = re.compile(
    r"(?:^|/)(?:tox\.ini|pytest\.ini|setup\.cfg|pyproject\.toml|tox\.toml|Pipfile|hatch\.toml)$"
)
# `set_env = file|.env` of tox.
_TOX = re.compile(r"\bfile[ \t]*\|[ \t]*([^\s\"',\]]{1,200})")
_INI = re.compile(r"^env_files[ \t]*=[ \t]*((?:[^\n]*)(?:\n[ \t]+[^\n]+)*)", re.MULTILINE)
_KEYS = frozenset({"envfile", "env_file", "env-file", "env_files", "env-files", "dotenv"})
_REMEDY = "take the setting out: the program reads the store"
_DEEPEST = 30
_MOST = 200


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    name = path.rpartition("/")[2]
    if name == "Pipfile":
        does = "loads it for `pipenv run` and `pipenv shell`"
        yield _use(path, 1, ".env", does, "never", "nothing: Pipenv goes on without the file")
        return
    lines = Lines(text)
    for match in _TOX.finditer(text):
        yield _use(path, lines.at(match.start()), match[1], "gives it to an environment of tox")
    if not name.endswith(".toml"):
        for match in _INI.finditer(text):
            for word in match[1].split():
                does = "gives it to the tests (pytest-dotenv)"
                yield _use(path, lines.at(match.start()), word, does, "never")
    elif any(key in text for key in _KEYS):
        yield from _in_toml(path, text)


def _in_toml(path: str, text: str) -> Iterator[EnvUse]:
    try:
        document = parsed(text)
    except (ValueError, RecursionError):
        raise UnreadableError("is not TOML") from None
    lines, left = Lines(text), _MOST
    stack: list[tuple[Any, tuple[str, ...]]] = [(document, ())]
    while stack and left:
        node, names = stack.pop()
        if isinstance(node, list) and len(names) < _DEEPEST:
            stack += [(item, names) for item in node]
        elif isinstance(node, dict) and len(names) < _DEEPEST:
            stack += [(value, (*names, key)) for key, value in node.items()]
        elif isinstance(node, str) and _KEYS & set(names) and names_env_file(node):
            tool = names[1] if len(names) > 1 and names[0] == "tool" else names[0]
            left -= 1
            at = text.find(f'"{node}"')
            holds: Holds = "never" if tool.startswith("pytest") else "always"
            yield _use(path, lines.at(max(at, 0)), node, f"gives it to `{tool}`", holds)


def _use(
    path: str, line: int, written: str, does: str, holds: Holds = "always", remedy: str = _REMEDY
) -> EnvUse:
    written = re.sub(r"\{[^}]*\}/?", "", written)
    return EnvUse(
        path,
        line,
        KIND,
        written,
        beside(path, written),
        None,
        does,
        remedy,
        holds,
        implied=path.endswith("Pipfile"),
    )
