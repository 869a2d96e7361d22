"""Flask's command: with python-dotenv it takes `FLASK_*` from `.env` and `.flaskenv`.

https://flask.palletsprojects.com/en/stable/cli/#environment-variables-from-dotenv
"""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines, from_anywhere
from .tree import Tree

KIND = "Flask"

_NAME = re.compile(
    r"(?:^|/)(?:requirements[^/]*\.(?:txt|in)|requirements/[^/]+\.(?:txt|in)|pyproject\.toml|Pipfile"
    r"|setup\.(?:cfg|py))$"
)
_FLASK = re.compile(r"^[ \t]*[\"']?flask\b(?![-_.])", re.IGNORECASE | re.MULTILINE)
_REMEDY = "set it where the command is started, or keep it in .flaskenv, which holds no secrets"


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    match = _FLASK.search(text)
    # Without python-dotenv it loads nothing.
    if match and "dotenv" in text:
        yield EnvUse(
            path, Lines(text).at(match.start()), KIND, ".env", from_anywhere(path, ".env"),
            frozenset({"FLASK_*"}), "takes it from .env for its command", _REMEDY,
            implied=True,
            loads=True,
        )  # fmt: skip
