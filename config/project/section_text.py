"""The section of `pyproject.toml` as text: what is added to it, and nothing else changed."""

import json
import re
from collections.abc import Mapping
from typing import Any

from .. import bounded_toml
from ..errors import ConfigError

_CONFIG = "[tool.hushflake.config]\n"
_HEADER = re.compile(r"(?m)^\[tool\.hushflake\.config\][^\S\n]*(#.*)?\n")


def python(value: Any) -> str:
    """Return a value as TOML and as Python have it."""
    # JSON strings and lists of them are Python as well, in the quotes that formatters want.
    return json.dumps(value, ensure_ascii=False)


def with_section(text: str, dotted: str, arguments: Mapping[str, Any], path: str) -> str:
    """Return a `pyproject.toml` with settings in its section, and everything else as it was.

    Args:
        text: The document.
        dotted: The name of the accessor module, "" for none of the project.
        arguments: Those of `configure`.
        path: Of the file, for messages.

    Raises:
        ConfigError: It says something else already, or cannot be edited as plainly as this.
    """
    if dotted:
        text = _with_accessor(text, dotted, path)
    table = _table(text, path).get("config")
    wanted = {key.replace("_", "-"): value for key, value in arguments.items()}
    for key, value in wanted.items():
        if table is not None and table.get(key, value) != value:
            raise ConfigError(
                f"{path}: {key} in [tool.hushflake.config] says something else; change it "
                "there, or give the same on the command line"
            )
    lines = "".join(
        f"{key} = {python(value)}\n" for key, value in wanted.items() if key not in (table or {})
    )
    if table is None:
        text = _ended(text) + _CONFIG + lines
    elif lines:
        header = _HEADER.search(text)
        end = header.end() if header else 0
        text = text[:end] + lines + text[end:]
    after = _table(text, path).get("config") if lines else wanted
    if not isinstance(after, dict) or any(after.get(key) != wanted[key] for key in wanted):
        raise ConfigError(f"{path}: add to [tool.hushflake.config] by hand: {lines.strip()}")
    return text


def _with_accessor(text: str, dotted: str, path: str) -> str:
    table = _table(text, path)
    if "accessor" not in table:
        line = f"accessor = {json.dumps(dotted)}\n"
        header = re.search(r"(?m)^\[tool\.hushflake\][^\S\n]*(#.*)?\n", text)
        if header:
            text = text[: header.end()] + line + text[header.end() :]
        else:
            text = _ended(text) + "[tool.hushflake]\n" + line
    elif table["accessor"] != dotted:
        raise ConfigError(
            f"{path}: accessor in [tool.hushflake] is {table['accessor']}, not {dotted}"
        )
    if _table(text, path).get("accessor") != dotted:
        raise ConfigError(f"{path}: add accessor = {dotted!r} to [tool.hushflake] by hand")
    return text


def _ended(text: str) -> str:
    """The text, ready for a new section below it."""
    return text.rstrip("\n") + "\n\n" if text.strip() else ""


def _table(text: str, path: str) -> dict[str, Any]:
    try:
        tools = bounded_toml.parsed(text).get("tool", {})
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML that can be read: {ascii(str(error))[1:-1]}") from None
    if not isinstance(tools, dict):
        raise ConfigError(f"{path}: tool must be a table")
    table = tools.get("hushflake", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.hushflake must be a table")
    return table
