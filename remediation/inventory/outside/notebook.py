"""Python that the inventory does not parse: notebooks, and scripts told by their first line.

What the codemod has rewritten reads no environment, and does not count.
"""

import re
from collections.abc import Iterator

from .base import EnvUse, Lines
from .tree import Tree

KIND = "notebook"
# Source of programs: looked through where a key is about to go, and for no list.
KEYS_ALONE = True

_SUFFIX = re.compile(r"\.ipynb$|(?:^|/)[^./]+$")
_FIRST_LINE = re.compile(r"#!\s*\S*(?:/env\s+(?:-S\s+)?|/)(?:python|uv)")
# In a notebook quotes are escaped, for it is JSON.
_READ = re.compile(r"\b(?:getenv|environ(?:\.get)?)\s?[(\[]\s?\\?[\"']([A-Za-z_]\w*)\\?[\"']")
_REMEDY = "rewrite it: `files` of [tool.hushflake] names the kinds that `hushflake codemod` opens"


def reads(path: str) -> bool:
    return _SUFFIX.search(path) is not None


def uses(path: str, text: str, _tree: Tree) -> Iterator[EnvUse]:
    if not path.endswith(".ipynb") and not _FIRST_LINE.match(text):
        return
    lines, seen = Lines(text), set[str]()
    for match in _READ.finditer(text):
        if match[1] not in seen:
            seen.add(match[1])
            does = f"reads {match[1]} from its environment"
            line = lines.at(match.start())
            yield EnvUse(path, line, KIND, "", (), frozenset({match[1]}), does, _REMEDY)
