"""`[tool.hushflake.config]` of a repository: what `hushflake config` and the pytest plugin read.

A running application does not read it: its accessor module calls `configure(...)` itself, and
`hushflake config doctor` says where the two differ.
"""

import ast
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .errors import ConfigError

_STRINGS = (
    "mode",
    "esc",
    "environment",
    "audit-dir",
    "audit",
    "audit-key",
    "service",
    "dotenv",
    "keyring",
    "esc-url",
)
_LISTS = (
    "environment-keys",
    "keyring-keys",
    "sources",
    # Not arguments of `configure`:
    "declared",
    "export",
    "secrets",
    "services",
)
_OURS = ("declared", "export", "secrets", "services")


class Project(NamedTuple):
    """A repository's table. `arguments` are those of `configure`."""

    root: Path
    arguments: Mapping[str, Any]
    accessor: str  # dotted module, or ""
    declared: tuple[str, ...] | None
    export: tuple[str, ...]
    secrets: tuple[str, ...]
    services: tuple[str, ...] | None

    @property
    def accessor_file(self) -> Path | None:
        """The accessor module, where it is a file of this repository."""
        if not self.accessor:
            return None
        steps = self.accessor.split(".")
        for base in (self.root, self.root / "src"):
            for path in (
                base.joinpath(*steps).with_suffix(".py"),
                base.joinpath(*steps, "__init__.py"),
            ):
                if path.is_file():
                    return path
        return None


def load(start: Path | None = None) -> Project:
    """The table of the nearest `pyproject.toml` upward that has `[tool.hushflake]`.

    Raises:
        ConfigError: The file or the table cannot be used.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            table = _document(path).get("tool", {}).get("hushflake")
            if isinstance(table, dict):
                return _project(path, table)
    return Project(here, {}, "", None, (), (), None)


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({type(error).__name__})") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


def _project(path: Path, table: Mapping[str, Any]) -> Project:
    config = table.get("config", {})
    if not isinstance(config, dict):
        raise ConfigError(f"{path}: tool.hushflake.config must be a table")
    for key, value in config.items():
        if key in _STRINGS:
            right = isinstance(value, str)
        elif key in _LISTS:
            right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        else:
            known = ", ".join(sorted((*_STRINGS, *_LISTS)))
            raise ConfigError(
                f"{path}: unknown key {key!r} in [tool.hushflake.config]; known: {known}"
            )
        if not right:
            wanted = "a string" if key in _STRINGS else "a list of strings"
            raise ConfigError(f"{path}: {key} in [tool.hushflake.config] must be {wanted}")
    arguments = {key.replace("-", "_"): value for key, value in config.items() if key not in _OURS}
    for name in ("audit_dir", "dotenv"):
        if name in arguments:
            arguments[name] = str(path.parent / arguments[name])
    accessor = table.get("accessor", "")
    return Project(
        path.parent,
        arguments,
        accessor if isinstance(accessor, str) and accessor != "hushflake.config" else "",
        tuple(config["declared"]) if "declared" in config else None,
        tuple(config.get("export", ())),
        tuple(config.get("secrets", ())),
        tuple(config["services"]) if "services" in config else None,
    )


def configured_in(accessor: Path) -> dict[str, Any] | None:
    """The literal arguments of the accessor module's `configure(...)`; it is parsed, never run.

    None when the module calls no `configure`. Arguments that are no literals are left out.
    """
    try:
        tree = ast.parse(accessor.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            if name == "configure":
                return dict(_literals(node))
    return None


def _literals(call: ast.Call) -> list[tuple[str, Any]]:
    found = []
    for keyword in call.keywords:
        try:
            value = ast.literal_eval(keyword.value)
        except ValueError:
            continue
        if keyword.arg is not None:
            found.append((keyword.arg, list(value) if isinstance(value, tuple) else value))
    return found
