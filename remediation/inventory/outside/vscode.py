"""VS Code: `envFile` of launch configurations, `python.envFile`; and dev containers.

https://code.visualstudio.com/docs/python/debugging#_envfile,
https://containers.dev/implementors/json_reference/.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ..mentions.base import UnreadableError
from .base import EnvUse, Lines, beside
from .in_commands import STARTING
from .tree import Tree

KIND = "editor file"

_NAME = re.compile(
    r"(?:^|/)\.vscode/(?:launch|settings|tasks)\.json$|\.code-workspace$"
    r"|(?:^|/)\.?devcontainer(?:/[^/]+)?(?:\.json|/devcontainer\.json)$"
)
# A string, or a comment, or a comma before a closing bracket.
_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*|/\*|,(?=\s*[}\]])')
_PYTHON = frozenset({"python", "debugpy"})
_REMEDY = "take the setting out: the program reads the store"
_DEEPEST = 40
_MOST = 200


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    if ".env" not in text and "envFile" not in text and "--env-file" not in text:
        return
    try:
        document = json.loads(_plain(text))
    except (ValueError, RecursionError):
        raise UnreadableError("is not JSON with comments") from None
    # A launch file stands in a folder of its own, below the workspace.
    top = re.sub(r"(?:\.vscode|\.devcontainer(?:/[^/]+)?)/[^/]+$", "x", path)
    lines = Lines(text)
    for key, value, kind in islice(_entries(document), _MOST):
        written = re.sub(
            r"^\$\{(?:workspaceFolder|workspaceRoot|localWorkspaceFolder)[^}]*\}/", "", value
        )
        written = re.sub(r"\$\{[^}]{0,400}+\}", "*", written)
        is_python = kind in _PYTHON or key == "python.envFile"
        is_option = key == "--env-file"
        yield EnvUse(
            path, lines.at(max(0, text.find(json.dumps(value)))), KIND, written,
            beside(top, written), None,
            "gives it to the container" if is_option else "gives it to what it starts",
            STARTING if is_option else _REMEDY, "never" if is_python else "always",
        )  # fmt: skip


def _plain(text: str) -> str:
    """Return JSON without comments and without commas before a closing bracket."""
    out: list[str] = []
    at = 0
    while match := _PIECE.search(text, at):
        out.append(text[at : match.start()])
        at = match.end()
        if match[0] == "/*":
            end = text.find("*/", at)
            at = len(text) if end < 0 else end + 2
        elif match[0].startswith('"'):
            out.append(match[0])
    return "".join(out) + text[at:]


def _entries(document: Any) -> Iterator[tuple[str, str, str]]:
    """Yield (key, file, type of the configuration) of what names a .env file."""
    stack: list[tuple[Any, int]] = [(document, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > _DEEPEST:
            continue
        if isinstance(node, list):
            stack += [(item, depth + 1) for item in reversed(node)]
            yield from _options(node)
        elif isinstance(node, dict):
            kind = node.get("type")
            for key, value in node.items():
                if key in {"envFile", "python.envFile"} and isinstance(value, str) and value:
                    yield key, value, kind if isinstance(kind, str) else ""
            stack += [(value, depth + 1) for value in reversed(node.values())]


def _options(words: list[Any]) -> Iterator[tuple[str, str, str]]:
    """The arguments of a program: `--env-file`, FILE or `--env-file=FILE`."""
    before = ""
    for word in words:
        text = word if isinstance(word, str) else ""
        if before == "--env-file":
            yield before, text, ""
        elif text.startswith("--env-file="):
            yield "--env-file", text.partition("=")[2], ""
        before = text
