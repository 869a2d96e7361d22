"""What feeds an application: the sources that are configured, and the .env files in reach.

A loader of .env files may go only where a source is configured and the loader finds nothing any
more: then it provides nothing to this process, to its libraries or to its children. In every
other case, and in every doubt, it stays.
"""

import ast
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hushflake.lint_plugin.analysis import ParseFailure, parse
from hushflake.lint_plugin.reading import LARGEST_TEXT, read
from hushflake.lint_plugin.settings import Settings
from hushflake.lint_plugin.toml import parsed

from .env_files import find, is_env_file
from .modules import file_of, import_roots

DEFAULT_NAME = ".env"
# Arguments of `configure` that name a source of values which is not a .env file.
_LISTS = ("stores", "sources")
_SOURCES = ("esc", "keyring", *_LISTS)


class Feeding(NamedTuple):
    """What provides the values of a repository. Pickles, for worker processes.

    Attributes:
        sources: What is configured: `esc:acme/shop/dev`, `keyring:shop`, `vault:secret/shop`, the
            name of a source that a package brings.
        files: Absolute paths of the .env files below the root, and of those named `.env` above.
        forced: The user wants the loaders gone, whatever they load.
    """

    sources: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()
    forced: bool = False

    def reason_to_stay(self, path: str, names: Iterable[str] | None) -> str:
        """Return why a loader stays, "" if nothing is lost when it goes.

        Args:
            path: The file that the loader stands in.
            names: The names of the files that it looks for; empty for a search upward from
                `path`, None when they are not known.
        """
        if self.forced:
            return ""
        if not self.sources:
            return "dotenv-needed"
        if names is None:
            return "dotenv-unknown"
        wanted = set(names)
        if not wanted:
            near = (os.path.join(folder, DEFAULT_NAME) for folder in _upward(path))
            return "dotenv-needed" if any(name in self.files for name in near) else ""
        if not all(map(is_env_file, wanted)):
            return "dotenv-unknown"
        return "dotenv-needed" if any(os.path.basename(f) in wanted for f in self.files) else ""


def feeding(
    settings: Settings, *, forced: bool = False, without: Iterable[str] = (), target: str = ""
) -> Feeding:
    """Look at what feeds a repository: names of files and settings, never a value.

    Args:
        settings: Of the repository.
        forced: See `Feeding`.
        without: Absolute paths of .env files to leave out: those that are about to go.
        target: A source that is about to be configured.
    """
    sources = tuple(configured_sources(settings)) or ((target,) if target else ())
    if forced or not sources:
        # Without a source every loader stays, whatever it would find.
        return Feeding(sources, forced=forced)
    below = (str(path) for path in find(Path(settings.root)))
    above = (os.path.join(folder, DEFAULT_NAME) for folder in _upward(settings.root))
    found = {os.path.abspath(p) for p in (*below, *filter(os.path.isfile, above))}
    return Feeding(sources, frozenset(found.difference(without)))


def configured_sources(settings: Settings) -> Iterator[str]:
    """Yield the sources in `[tool.hushflake.config]`, or in the accessor's `configure(…)`."""
    given = {**_called(settings), **config_table(settings.root)}
    for name in ("esc", "keyring"):
        if given.get(name) and (name == "esc" or given.get("keyring_keys")):
            yield f"{name}:{given[name]}"
    for name in _LISTS:
        names = given.get(name)
        if isinstance(names, list | tuple):
            yield from map(str, names)


def config_table(root: str) -> Mapping[str, Any]:
    """Return `[tool.hushflake.config]` of a repository, with `_` in its keys; {} for none."""
    try:
        data = read(os.path.join(root, "pyproject.toml"), LARGEST_TEXT).decode("utf-8")
        table = parsed(data).get("tool", {}).get("hushflake", {}).get("config", {})
    except (OSError, ValueError, AttributeError, RecursionError):
        # A broken file is an error of whoever reads the settings; here it configures nothing.
        return {}
    if not isinstance(table, dict):
        return {}
    return {key.replace("-", "_"): value for key, value in table.items()}


def _called(settings: Settings) -> Mapping[str, Any]:
    """Return the arguments of `configure(…)` in the accessor module, which is never run."""
    bases = import_roots(settings.root, settings.accessor)
    file = file_of(settings.root, settings.accessor, bases)
    if not file:
        return {}
    try:
        source = parse(read(os.path.join(settings.root, file)), file)
    except OSError:
        return {}
    if isinstance(source, ParseFailure):
        return {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name == "configure":
                return dict(_arguments(node))
    return {}


def _arguments(call: ast.Call) -> Iterator[tuple[str, Any]]:
    for keyword in call.keywords:
        if keyword.arg in (*_SOURCES, "keyring_keys"):
            try:
                yield keyword.arg, ast.literal_eval(keyword.value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                # Worked out at run time: there is one, whatever it is called.
                yield keyword.arg, ("…",) if keyword.arg in _LISTS else "…"


def _upward(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    folder = os.path.dirname(os.path.abspath(path))
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above
