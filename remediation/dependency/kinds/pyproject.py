"""pyproject.toml: `[project]` (PEP 621) and `[tool.poetry.dependencies]`.

https://packaging.python.org/en/latest/specifications/pyproject-toml/
https://python-poetry.org/docs/dependency-specification/
"""

import json
import re
import tomllib
from typing import Any

from hushflake.lint_plugin.toml import parsed

from ..requirement import NAME, Requirement
from ..toml_edit import section, with_item, with_line
from .base import NotPlainError, Strength, line_end, names_it

KIND = "pyproject.toml"
PATTERNS = ("pyproject.toml",)
_POETRY = "tool.poetry.dependencies"


def strength(text: str) -> Strength:
    document = _parsed(text)
    project = _table(document, "project")
    if isinstance(project.get("dependencies"), list) or _poetry(document):
        return "strong"
    elsewhere = "dependencies" in project or "dependencies" in project.get("dynamic", ())
    return "weak" if project and not elsewhere else "none"


def declares(text: str) -> bool:
    document = _parsed(text)
    listed = _table(document, "project").get("dependencies", [])
    found = isinstance(listed, list) and any(names_it(str(one)) for one in listed)
    return found or NAME in _poetry(document)


def edited(text: str, requirement: Requirement) -> str:
    document = _parsed(text)
    project = _table(document, "project")
    if isinstance(project.get("dependencies"), list) or not _poetry(document):
        wanted = _project(text, project, requirement)
        document.setdefault("project", {})["dependencies"] = [
            *project.get("dependencies", []),
            str(requirement),
        ]
        by_hand = f'add "{requirement}" to dependencies in [project]'
    else:
        value = requirement.table("rev", "url")
        place = section(text, _POETRY)
        wanted = place and with_line(text, place[1], f"{NAME} = {value}", line_end(text))
        document["tool"]["poetry"]["dependencies"][NAME] = tomllib.loads(f"v = {value}")["v"]
        by_hand = f"add {NAME} = {value} to [{_POETRY}]"
    if not wanted or _parsed(wanted) != document:
        raise NotPlainError(by_hand)
    return wanted


def _project(text: str, project: dict[str, Any], requirement: Requirement) -> str | None:
    place = section(text, "project")
    if place is None:
        return None
    start, end = place
    item = json.dumps(str(requirement), ensure_ascii=False)
    found = re.compile(r"^[^\S\r\n]*dependencies[^\S\r\n]*=[^\S\r\n]*", re.MULTILINE).search(
        text, start, end
    )
    if found:
        return with_item(text, found.end(), item, line_end(text))
    if "dependencies" in project:
        return None
    return with_line(text, end, f"dependencies = [{item}]", line_end(text))


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parsed(text)
    except (ValueError, RecursionError):
        return {}


def _table(document: dict[str, Any], *names: str) -> dict[str, Any]:
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _poetry(document: dict[str, Any]) -> dict[str, Any]:
    return _table(document, "tool", "poetry", "dependencies")
