"""Which kind a file is of: told by its name, and without a suffix by its first line."""

import os
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import NamedTuple

from ..errors import SettingsError
from ..reading import first_bytes
from .base import Kind

# The files of nearly every tree: for them no kind is imported, and no table is asked.
PYTHON = (".py", ".pyw")
# Entries of the setting `files`: what is on by default, and what stands for all that are not
# to be looked at.
DEFAULT, NOT = "default", "!"
_NO_KINDS = frozenset({"base", "table"})
# How much of a file is looked at for its `#!` line. The kernel of Linux takes 256 bytes.
_FIRST = 256
# `#!/usr/bin/env -S uv run --script`, `#!/usr/bin/python3.12 -u`. What runs a script with Python
# without naming it says `--script`.
_SHEBANG = re.compile(rb"#![ \t]*(?P<words>[^\r\n]*)")
_VERSION = re.compile(r"(?:[\d.]+t?)?(?:\.exe)?\Z")
_RUNNERS = frozenset({"uv", "uvx", "pipx", "hatch", "pdm"})


class _Table(NamedTuple):
    by_word: dict[str, Kind]
    names: dict[str, Kind]
    suffixes: dict[str, Kind]
    beginnings: tuple[tuple[str, Kind], ...]
    programs: dict[str, Kind]


@cache
def all_kinds() -> dict[str, Kind]:
    """Return name -> kind, of every module in this folder."""
    package = __name__.rpartition(".")[0]
    found: dict[str, Kind] = {}
    for name in sorted({file.partition(".")[0] for file in os.listdir(os.path.dirname(__file__))}):
        if name.startswith("_") or name in _NO_KINDS:
            continue
        module = import_module(f"{package}.{name}")
        for value in vars(module).values():
            is_kind = isinstance(value, type) and issubclass(value, Kind)
            if is_kind and value.__module__ == module.__name__ and "name" in vars(value):
                found[value.name] = value()
    return found


@cache
def _table() -> _Table:
    kinds = list(all_kinds().values())
    return _Table(
        {kind.name: kind for kind in kinds},
        {name: kind for kind in kinds for name in kind.names},
        {suffix: kind for kind in kinds for suffix in kind.suffixes},
        tuple((begin, kind) for kind in kinds for begin in kind.beginnings),
        {program: kind for kind in kinds for program in kind.programs},
    )


def of_name(path: str) -> Kind | None:
    """Return the kind that the name of a file tells, or None."""
    name = path[path.rfind(os.sep) + 1 :]
    table = _table()
    kind = table.names.get(name)
    at = name.find(".", 1)
    while kind is None and at >= 0:
        kind = table.suffixes.get(name[at:])
        at = name.find(".", at + 1)
    if kind is None:
        kind = next((kind for begin, kind in table.beginnings if name.startswith(begin)), None)
    return kind if kind is not None and kind.owns(path) else None


def has_suffix(path: str) -> bool:
    """Say whether a name tells what a file is. Of those that begin with a dot no one asks."""
    return "." in path[path.rfind(os.sep) + 1 :]


def of_start(start: bytes) -> Kind | None:
    """Return the kind of a file without suffix by its first bytes, or None."""
    match = _SHEBANG.match(start)
    if match is None:
        return None
    words = match["words"].decode("utf-8", "replace").split()
    programs = [_VERSION.sub("", word.rpartition("/")[2]) for word in words]
    known = _table().programs
    for program in programs[:1] if programs[:1] != ["env"] else _after_env(programs):
        if program in known:
            return known[program]
        if program in _RUNNERS:
            return known.get("python")
    return None


def _after_env(programs: list[str]) -> list[str]:
    """Return the program that `env` starts: after its options, and variables that it sets."""
    rest = [word for word in programs[1:] if not word.startswith("-") and "=" not in word]
    return rest[:1]


def of_file(path: str, data: bytes) -> Kind:
    """Return the kind that the bytes of a file are checked as: Python, where nothing tells."""
    if not path.endswith(PYTHON):
        kind = of_name(path) or (None if has_suffix(path) else of_start(data[:_FIRST]))
        if kind is not None:
            return kind
    return python()


@cache
def python() -> Kind:
    """Return the kind of `*.py`, without importing any other."""
    from .python import Python

    return Python()


def called(path: str) -> str:
    """Return what the name of a file tells of its kind: a part of the key of a cache."""
    if path.endswith(PYTHON):
        return ""
    kind = of_name(path)
    return kind.name if kind is not None else "?"


class Kinds:
    """The kinds that a run looks at."""

    def __init__(
        self,
        files: Iterable[str] = (),
        also: Iterable[str] = (),
        only: Callable[[Kind], bool] | None = None,
    ) -> None:
        """Choose them.

        Args:
            files: The setting: names of kinds or groups, `default`, and the same after `!` for
                what is left out. Empty, or with nothing but `!`, it begins with the default.
            also: Further kinds, as of the command line.
            only: Says of each kind whether it can be among them.

        Raises:
            SettingsError: `files` holds something else.
        """
        self._files = tuple(files)
        self._also = tuple(also)
        self._only = only
        self._chosen: frozenset[str] | None = None
        if self._files:
            self._chosen = self._choose()

    @property
    def chosen(self) -> frozenset[str]:
        """The names of the kinds. Asked first when a file is not called `*.py`."""
        if self._chosen is None:
            self._chosen = self._choose()
        return self._chosen

    def _choose(self) -> frozenset[str]:
        begins_with_default = all(entry.startswith(NOT) for entry in self._files)
        chosen = _meant(DEFAULT) if begins_with_default else set()
        for entry in self._files:
            if entry.startswith(NOT):
                chosen -= _meant(entry[len(NOT) :])
            else:
                chosen |= _meant(entry)
        chosen |= set(self._also)
        return frozenset(
            name for name in chosen if self._only is None or self._only(all_kinds()[name])
        )

    def take_python(self) -> bool:
        """Say whether `*.py` is looked at."""
        return self._chosen is None or "python" in self._chosen

    def takes(self, path: str, is_file: Callable[[], bool]) -> bool:
        """Say whether a file that a walk meets is looked at. `*.py` is not asked for here.

        Args:
            path: The file.
            is_file: Says whether it is a file, not a pipe or a folder behind a link.

        Raises:
            OSError: A file without suffix cannot be opened.
        """
        told = self.by_name(path)
        if told is None:
            return is_file() and self.by_start(first_bytes(path, _FIRST))
        return told

    def by_name(self, path: str) -> bool | None:
        """Say whether a file of this name is looked at; None where its first bytes decide."""
        if path.endswith(PYTHON):
            return self.take_python()
        kind = of_name(path)
        if kind is None and not has_suffix(path):
            return None
        return kind is not None and kind.name in self.chosen

    def by_start(self, data: bytes) -> bool:
        """Say whether a file without suffix that begins so is looked at."""
        kind = of_start(data[:_FIRST])
        return kind is not None and kind.name in self.chosen

    def leaves(self, path: str) -> bool:
        """Say whether the settings leave out a file although it is named.

        What is off by default is looked at where it is named, but not what can never be.
        """
        if not self._files and self._only is None:
            return False
        if path.endswith(PYTHON):
            return not self.take_python()
        kind = of_name(path)
        if kind is None:
            return False
        if self._only is not None and not self._only(kind):
            return True
        return bool(self._files) and kind.name not in self.chosen


class AllKinds(Kinds):
    """Every file, of whatever kind."""

    def take_python(self) -> bool:
        """Say yes."""
        return True

    def takes(self, path: str, is_file: Callable[[], bool]) -> bool:  # noqa: ARG002
        """Say whether it is a file."""
        return is_file()

    def leaves(self, path: str) -> bool:  # noqa: ARG002 (that of the base)
        """Say no."""
        return False


def _meant(word: str) -> set[str]:
    """Return the names of the kinds that a word of the setting stands for."""
    kinds = all_kinds()
    if word in kinds:
        return {word}
    found = {
        name
        for name, kind in kinds.items()
        if word == kind.group or (word == DEFAULT and kind.default)
    }
    if not found:
        known = sorted({*kinds, *(kind.group for kind in kinds.values()), DEFAULT})
        told = f" {word!r}" if word.isalpha() and len(word) <= 20 else ""
        raise SettingsError(
            f"unknown kind of files{told} in `files` of [tool.hushflake]: there are "
            f"{', '.join(known)}, each also after {NOT}"
        )
    return found
