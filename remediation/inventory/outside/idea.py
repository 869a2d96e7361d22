"""JetBrains: run configurations with a .env file, of PyCharm itself or of the plugin EnvFile."""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines, names_env_file
from .tree import Tree

KIND = "run configuration"

_NAME = re.compile(r"(?:^|/)\.(?:idea|run)/(?:.+/)?[^/]+\.xml$")
_VALUE = re.compile(r"\b(?:value|PATH|path)=\"([^\"<]{1,500})\"")
_TYPE = re.compile(r"<configuration\b[^>]{0,500}\btype=\"([^\"]{1,100})\"")
_REMEDY = "take the file out of the run configuration: the program reads the store"


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    top = re.sub(r"(?:^|(?<=/))\.(?:idea|run)/.*$", "", path)
    lines = Lines(text)
    types = [(match.start(), match[1]) for match in _TYPE.finditer(text)]
    for match in _VALUE.finditer(text):
        for part in match[1].split(";"):
            inside = part.removeprefix("$PROJECT_DIR$/")
            written = re.sub(r"\$[A-Z_]+\$", "*", inside)
            if names_env_file(written):
                kind = next((name for at, name in reversed(types) if at < match.start()), "")
                is_python = kind.startswith(("Python", "Django", "tests", "py.", "Flask"))
                yield EnvUse(
                    path, lines.at(match.start()), KIND, written, (f"{top}{written}",), None,
                    "gives it to what it starts", _REMEDY, "never" if is_python else "always",
                )  # fmt: skip
