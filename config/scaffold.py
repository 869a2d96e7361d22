"""Writes the accessor module of a repository and its section in pyproject.toml."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from . import regular
from .errors import ConfigError
from .project import MAX_BYTES

_MODULE = '''"""Configuration of this application: every read goes through this module.

Importing it reaches no network. Values are loaded at the first read; `preload()` does it at once.
`HUSHFLAKE_MODE` (production, development, test), `HUSHFLAKE_ESC` and `HUSHFLAKE_ENVIRONMENT`
override the values below; `hushflake config doctor` checks it.
"""

from hushflake.config import (
    Secret,
    config_overrides,
    configure,
    get_config_value,
    has_config_value,
    preload,
    refresh,
    require_config_value,
)

__all__ = [
    "Secret",
    "config_overrides",
    "get_config_value",
    "has_config_value",
    "preload",
    "refresh",
    "require_config_value",
]

configure(
{arguments})
'''


class Written(NamedTuple):
    """A file, and whether it is `created`, `changed` or `unchanged`."""

    path: Path
    state: str


def write(
    root: Path,
    module: Path,
    arguments: dict[str, Any],
    *,
    force: bool,
    remarks: Mapping[str, str] = {},
) -> list[Written]:
    """Write the accessor module and the tool section; files that say the same stay as they are.

    Args:
        root: The repository.
        module: The module's file, relative to `root` or absolute inside it.
        arguments: Those of `configure`, strings and lists of strings.
        force: Replace an existing module with different content.
        remarks: Argument -> a comment above it, in the module.

    Raises:
        ConfigError: The path cannot be a module, or a file is in the way.
    """
    root = root.resolve()
    path = (root / module).resolve()
    dotted = dotted_name(root, path)
    text = _MODULE.replace(
        "{arguments}",
        "".join(
            (f"    # {remarks[name]}\n" if name in remarks else "")
            + f"    {name}={_python(value)},\n"
            for name, value in arguments.items()
        ),
    )
    old = _text(path, root)
    if old is not None and old != text and not force:
        raise ConfigError(f"{path}: exists and says something else; --force replaces it")
    pyproject = root / "pyproject.toml"
    before = _text(pyproject, root)
    section = _with_section(before or "", dotted, arguments, str(pyproject))
    return [_put(path, old, text), _put(pyproject, before, section)]


def _text(path: Path, root: Path) -> str | None:
    """The text of a file of the repository; None where there is none.

    Raises:
        ConfigError: It is a link out of the repository, whose content would come into it, or no
            text.
    """
    if not path.is_symlink() and not path.exists():
        return None
    if not path.resolve().is_relative_to(root):
        raise ConfigError(f"{path}: is a link out of the repository; put a file in its place")
    try:
        data, wrong = regular.read(path, MAX_BYTES)
        text = data.decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({type(error).__name__})") from None
    if wrong:
        raise ConfigError(f"{path}: {wrong}")
    return text


def dotted_name(root: Path, path: Path) -> str:
    """Return the name under which a module of a repository is imported.

    Raises:
        ConfigError: It is outside of the repository, or cannot be imported.
    """
    try:
        relative = path.relative_to(root)
    except ValueError:
        raise ConfigError(f"{path}: is not inside {root}") from None
    steps = list(relative.with_suffix("").parts)
    if steps[0] == "src":
        steps = steps[1:]
    if path.suffix != ".py" or not steps or not all(step.isidentifier() for step in steps):
        raise ConfigError(f"{relative}: cannot be imported; choose a path such as app/config.py")
    return ".".join(steps)


def _python(value: Any) -> str:
    # JSON strings and lists of them are Python as well, in the quotes that formatters want.
    return json.dumps(value, ensure_ascii=False)


def _with_section(text: str, dotted: str, arguments: dict[str, Any], path: str) -> str:
    wanted = {key.replace("_", "-"): value for key, value in arguments.items()}
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
    if "config" not in table:
        lines = "".join(f"{key} = {_python(value)}\n" for key, value in wanted.items())
        text = _ended(text) + "[tool.hushflake.config]\n" + lines
    else:
        for key, value in wanted.items():
            if table["config"].get(key) != value:
                raise ConfigError(
                    f"{path}: {key} in [tool.hushflake.config] says something else; change it "
                    "there, or give the same on the command line"
                )
    after = _table(text, path)
    if after["accessor"] != dotted:
        raise ConfigError(f"{path}: add accessor = {dotted!r} to [tool.hushflake] by hand")
    return text


def _ended(text: str) -> str:
    """The text, ready for a new section below it."""
    return text.rstrip("\n") + "\n\n" if text.strip() else ""


def _table(text: str, path: str) -> dict[str, Any]:
    try:
        tools = tomllib.loads(text).get("tool", {})
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML that can be read: {ascii(str(error))[1:-1]}") from None
    if not isinstance(tools, dict):
        raise ConfigError(f"{path}: tool must be a table")
    table = tools.get("hushflake", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.hushflake must be a table")
    return table


def _put(path: Path, old: str | None, text: str) -> Written:
    if old == text:
        return Written(path, "unchanged")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        if old is not None:
            temporary.chmod(path.stat().st_mode & 0o7777)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return Written(path, "created" if old is None else "changed")
