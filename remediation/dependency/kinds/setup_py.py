"""setup.py: a literal list `install_requires=[…]` of the call of `setup`. It is never run."""

import ast
import json

from ..requirement import Requirement
from ..toml_edit import with_item
from .base import NotPlainError, Strength, line_end, names_it

KIND = "setup.py"
PATTERNS = ("setup.py",)


def strength(text: str) -> Strength:
    return "none" if _given(text) is None else "strong"


def declares(text: str) -> bool:
    return names_it(text)


def edited(text: str, requirement: Requirement) -> str:
    node, before = _given(text), _listed(text)
    if isinstance(node, ast.List) and before is not None:
        lines = text.splitlines(keepends=True)
        place = sum(map(len, lines[: node.lineno - 1]))
        # Columns are counted in bytes of UTF-8.
        place += len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
        item = json.dumps(str(requirement), ensure_ascii=False)
        # A Python list of plain strings is spelt as a TOML array is.
        wanted = with_item(text, place, item, line_end(text))
        if wanted and _listed(wanted) == [*before, str(requirement)]:
            return wanted
    raise NotPlainError(f'add "{requirement}" to install_requires')


def _given(text: str) -> ast.expr | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for keyword in node.keywords:
                if name == "setup" and keyword.arg == "install_requires":
                    return keyword.value
    return None


def _listed(text: str) -> list[str] | None:
    try:
        value = ast.literal_eval(_given(text) or "")
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, list) else None
