"""Pipfile: `[packages]`. https://pipenv.pypa.io/en/latest/pipfile.html"""

import tomllib
from typing import Any

from hushflake.lint_plugin.toml import parsed

from ..requirement import NAME, Requirement
from ..toml_edit import section, with_line
from .base import NotPlainError, Strength, line_end

KIND = "Pipfile"
PATTERNS = ("Pipfile",)


def strength(text: str) -> Strength:
    return "strong" if isinstance(_parsed(text).get("packages"), dict) else "none"


def declares(text: str) -> bool:
    packages = _parsed(text).get("packages")
    return isinstance(packages, dict) and NAME in packages


def edited(text: str, requirement: Requirement) -> str:
    value = requirement.table("ref", "file")
    document, place = _parsed(text), section(text, "packages")
    wanted = place and with_line(text, place[1], f"{NAME} = {value}", line_end(text))
    if wanted:
        document["packages"][NAME] = tomllib.loads(f"v = {value}")["v"]
    if not wanted or _parsed(wanted) != document:
        raise NotPlainError(f"add {NAME} = {value} to [packages]")
    return wanted


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parsed(text)
    except (ValueError, RecursionError):
        return {}
