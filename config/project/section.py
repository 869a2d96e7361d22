"""`[tool.hushflake.config]` of a repository: what `hushflake config` and the pytest plugin read.

A running application reads it, once, where nothing has called `configure(...)`; see `beginning`.
An accessor module calls it, and `hushflake config doctor` says where the two differ.

The file belongs to a repository that may be a stranger's. It names an ESC environment; where the
access token goes, what is read outside of the repository and where is written, it does not decide.
"""

import ast
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .. import bounded_toml, regular
from ..errors import ConfigError, PolicyError
from ..regular import MAX_BYTES
from ..settings import SOURCES, STORES, source_options
from ..sources.options import VARIABLE, checked

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
    "last-known",
)
_NUMBERS = ("audit-max-bytes",)
_LISTS = (
    "environment-keys",
    "keyring-keys",
    "stores",
    "sources",
    # Not arguments of `configure`:
    "declared",
    "export",
    "secrets",
    "services",
)
_TABLES = ("source",)  # options of sources, by their names
_OURS = ("declared", "export", "secrets", "services")
_WANTED = dict.fromkeys(_STRINGS, "a string") | dict.fromkeys(_TABLES, "a table of tables")
_WANTED |= dict.fromkeys(_NUMBERS, "a whole number")
_INSIDE = {"audit-dir": "HUSHFLAKE_AUDIT_DIR=DIR in your environment", "dotenv": "a file inside"}
KEYRING = "HUSHFLAKE_KEYRING"


class Project(NamedTuple):
    """A repository's table. `arguments` are those of `configure`."""

    root: Path
    arguments: Mapping[str, Any]
    accessor: str  # dotted module, or ""
    declared: tuple[str, ...] | None
    export: tuple[str, ...]
    secrets: tuple[str, ...]
    services: tuple[str, ...] | None
    # [tool.hushflake.keys], as it is written.
    keys: Mapping[str, Any] = {}

    @property
    def accessor_file(self) -> Path | None:
        """The accessor module, where it is a file of this repository."""
        steps = self.accessor.split(".")
        if not all(step.isidentifier() for step in steps):
            return None
        for base in (self.root, self.root / "src"):
            for path in (
                base.joinpath(*steps).with_suffix(".py"),
                base.joinpath(*steps, "__init__.py"),
            ):
                if path.is_file() and _inside(self.root, str(path)):
                    return path
        return None

    def permitted(self) -> Mapping[str, Any]:
        """The arguments, when the user's environment permits what they reach outside.

        Raises:
            PolicyError: The repository names a service of the keyring or a store, and the user
                did not.
        """
        service = self.arguments.get("keyring")
        if service and os.environ.get(KEYRING) != service:
            raise PolicyError(
                f"{self.root / 'pyproject.toml'}: keyring = {service!r} would read passwords from "
                f"your keyring; if these are meant for this repository, set {KEYRING}={service!r} "
                "in your environment"
            )
        for variable, kind in (("stores", STORES), ("sources", SOURCES)):
            allowed = list(filter(None, os.environ.get(kind, "").split(",")))
            # Of a source without an argument its package alone decides what it reads.
            missing = [
                name
                for name in self.arguments.get(variable, ())
                if name not in allowed and (variable == "stores" or ":" in name)
            ]
            if missing:
                wanted = shlex.quote(",".join([*allowed, *missing]))
                raise PolicyError(
                    f"{self.root / 'pyproject.toml'}: {variable}: {', '.join(map(repr, missing))} "
                    f"would be read with your credentials; if you want that, set {kind}={wanted} "
                    "in your shell"
                )
        permitted = source_options({})
        for name, options in self.arguments.get("source_options", {}).items():
            if permitted.get(name) != options:
                # One of them may be an address.
                raise PolicyError(
                    f"{self.root / 'pyproject.toml'}: source.{name}: its options decide where your "
                    f"credentials go; if they are meant, set {VARIABLE} in your environment to "
                    "the same"
                )
        # A command leaves nothing of a store on the disk on the word of a repository.
        return {name: value for name, value in self.arguments.items() if name != "last_known"}


def load(start: Path | None = None) -> Project:
    """The table of the nearest `pyproject.toml` upward that has `[tool.hushflake]`.

    Raises:
        ConfigError: The file or the table cannot be used.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.is_file() and (project := of_file(path)) is not None:
            return project
    return Project(here, {}, "", None, (), (), None)


def of_file(path: Path) -> Project | None:
    """The table of a `pyproject.toml`; None where it has none.

    Raises:
        ConfigError: The file or the table cannot be used.
    """
    tools = _document(path).get("tool")
    table = tools.get("hushflake") if isinstance(tools, dict) else None
    return _project(path, table) if isinstance(table, dict) else None


def _document(path: Path) -> dict[str, Any]:
    try:
        data, wrong = regular.read(path, MAX_BYTES)
        if wrong:
            raise ConfigError(f"{path}: {wrong}")
        return bounded_toml.parsed(data.decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({type(error).__name__})") from None
    except RecursionError:
        raise ConfigError(f"{path}: not TOML that can be read: nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, and a number of thousands of digits
        raise ConfigError(f"{path}: {ascii(str(error))[1:-1]}") from None


def _project(path: Path, table: Mapping[str, Any]) -> Project:
    config = table.get("config", {})
    if not isinstance(config, dict):
        raise ConfigError(f"{path}: tool.hushflake.config must be a table")
    for key, value in config.items():
        _check(path, key, value)
    arguments = {key.replace("-", "_"): value for key, value in config.items() if key not in _OURS}
    if "source" in arguments:
        arguments["source_options"] = checked(arguments.pop("source"))
    for key, remedy in _INSIDE.items():
        if key in config:
            inside = _inside(path.parent, config[key])
            if inside is None:
                raise ConfigError(
                    f"{path}: {key} = {config[key]!r} leads out of the repository; choose {remedy}"
                )
            arguments[key.replace("-", "_")] = str(inside)
    if "AUDIT" not in config.get("audit-key", "AUDIT").upper():
        raise ConfigError(
            f"{path}: audit-key = {config['audit-key']!r}: the name of the trail's own key must "
            "contain AUDIT: a mark made with another secret would be evidence of it"
        )
    accessor = table.get("accessor", "")
    return Project(
        path.parent,
        arguments,
        accessor if isinstance(accessor, str) and accessor != "hushflake.config" else "",
        tuple(config["declared"]) if "declared" in config else None,
        tuple(config.get("export", ())),
        tuple(config.get("secrets", ())),
        tuple(config["services"]) if "services" in config else None,
        table["keys"] if isinstance(table.get("keys"), dict) else {},
    )


def _check(path: Path, key: str, value: Any) -> None:
    """Refuse a key that does not belong there, or a value of another type.

    Raises:
        ConfigError: It says what would be right.
    """
    if key in _STRINGS:
        right = isinstance(value, str)
    elif key in _LISTS:
        right = isinstance(value, list) and all(isinstance(item, str) for item in value)
    elif key in _NUMBERS:
        right = isinstance(value, int) and not isinstance(value, bool)
    elif key in _TABLES:
        right = isinstance(value, dict) and all(isinstance(one, dict) for one in value.values())
    elif key == "esc-url":
        raise ConfigError(
            f"{path}: esc-url in [tool.hushflake.config]: a repository may not decide where "
            "your access token goes; remove it, and set PULUMI_BACKEND_URL in your environment"
        )
    else:
        known = ", ".join(sorted((*_STRINGS, *_NUMBERS, *_LISTS, *_TABLES)))
        raise ConfigError(f"{path}: unknown key {key!r} in [tool.hushflake.config]; known: {known}")
    if not right:
        wanted = _WANTED.get(key, "a list of strings")
        raise ConfigError(f"{path}: {key} in [tool.hushflake.config] must be {wanted}")


def _inside(root: Path, given: str) -> Path | None:
    """The path below `root`, links followed; None where it leads out."""
    try:
        path = (root / given).resolve()
        return root / given if path.is_relative_to(root.resolve()) else None
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL
        return None


def configured_in(accessor: Path) -> dict[str, Any] | None:
    """The literal arguments of the accessor module's `configure(...)`; it is parsed, never run.

    None when the module calls no `configure`. Arguments that are no literals are left out.
    """
    try:
        data, wrong = regular.read(accessor, MAX_BYTES)
        if wrong:
            return None
        tree = ast.parse(data.decode("utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
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
