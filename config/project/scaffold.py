"""Writes the accessor module of a repository and its section in pyproject.toml."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .. import regular
from ..errors import ConfigError
from ..regular import MAX_BYTES
from .section_text import python, with_section

_MODULE = '''"""Configuration of this application: every read goes through this module.

Importing it reaches no network. Values are loaded at the first read; `preload()` does it at once.
`HUSHFLAKE_MODE` (production, development, test, build), `HUSHFLAKE_ESC` and
`HUSHFLAKE_ENVIRONMENT` override the values below; `hushflake config doctor` checks it.
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


class Change(NamedTuple):
    """What a file is to hold: `old` is None where it is not there yet."""

    path: Path
    old: str | None
    text: str

    @property
    def state(self) -> str:
        """As `Written.state` will be."""
        if self.old == self.text:
            return "unchanged"
        return "created" if self.old is None else "changed"


class Request(NamedTuple):
    """What is to be set up.

    Attributes:
        root: The repository.
        arguments: Those of `configure`, strings and lists of strings.
        module: The accessor module's file, relative to `root` or absolute inside it; None where
            code reads through the installed `hushflake.config`.
        name: The dotted name that the module is imported by; "" for the one of its path.
        force: Replace an existing module with different content.
        remarks: Argument -> a comment above it, in the module.
    """

    root: Path
    arguments: Mapping[str, Any]
    module: Path | None = None
    name: str = ""
    force: bool = False
    remarks: Mapping[str, str] = {}


def plan(request: Request) -> list[Change]:
    """Work out the accessor module and the tool section. Nothing is written.

    Raises:
        ConfigError: The path cannot be a module, or a file is in the way.
    """
    root = request.root.resolve()
    pyproject = root / "pyproject.toml"
    before = text_of(pyproject, root)
    changes, dotted = [], ""
    if request.module is not None:
        path = (root / request.module).resolve()
        dotted = _named(root, path, request.name) if request.name else dotted_name(root, path)
        text = _module(request)
        old = text_of(path, root)
        if old is not None and old != text and not request.force:
            raise ConfigError(
                f"{path}: is there already, and says something else. To use it as it is, set "
                f'accessor = "{dotted}" in [tool.hushflake] of {pyproject}; to have a new one, '
                "choose another path, or `hushflake config init --force`"
            )
        changes.append(Change(path, old, text))
    section = with_section(before or "", dotted, request.arguments, str(pyproject))
    return [*changes, Change(pyproject, before, section)]


def write(request: Request) -> list[Written]:
    """Write the accessor module and the tool section; files that say the same stay as they are.

    Raises:
        ConfigError: As `plan`, before anything is written.
    """
    return [put(change) for change in plan(request)]


def _module(request: Request) -> str:
    lines = (
        (f"    # {request.remarks[name]}\n" if name in request.remarks else "")
        + f"    {name}={python(value)},\n"
        for name, value in request.arguments.items()
    )
    return _MODULE.replace("{arguments}", "".join(lines))


def text_of(path: Path, root: Path) -> str | None:
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
    """Return the name that the path of a module alone suggests.

    Raises:
        ConfigError: It is outside of the repository, or cannot be imported.
    """
    is_module = _is_module(root, path)
    steps = list(path.relative_to(root).with_suffix("").parts)
    if steps[0] == "src":
        steps = steps[1:]
    if not is_module or not steps or not all(step.isidentifier() for step in steps):
        raise ConfigError(
            f"{path.relative_to(root)}: cannot be imported; choose a path such as app/config.py"
        )
    return ".".join(steps)


def _named(root: Path, path: Path, name: str) -> str:
    """Return the name that somebody gave to a module, if the module can bear it."""
    steps = name.split(".")
    ending = list(path.relative_to(root).with_suffix("").parts) if _is_module(root, path) else []
    if ending[-1:] == ["__init__"]:
        ending.pop()
    if ending[-len(steps) :] != steps or not all(map(str.isidentifier, steps)):
        raise ConfigError(
            f"{name}: is not a name that {path.relative_to(root)} can be imported by; write the "
            "last steps of its path, with dots"
        )
    return name


def _is_module(root: Path, path: Path) -> bool:
    if not path.is_relative_to(root) or path == root:
        raise ConfigError(f"{path}: is not inside {root}")
    return path.suffix == ".py" and path.stem.isidentifier()


def put(change: Change) -> Written:
    """Make a change, at once or not at all."""
    path, old, text = change
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
    return Written(path, change.state)
