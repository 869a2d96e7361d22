"""What `hushflake config doctor` finds about declared keys: values, and earlier names."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..declared import aliases, check
from ..declared.key import Alias, DeclaredKey
from ..errors import ConfigError
from ..reading import access, process
from ..reading.cells import ABSENT


class DeclaredState(NamedTuple):
    """A declared key, and what is wrong with its value; "" for nothing."""

    name: str
    problem: str = ""


def states(keys: Sequence[DeclaredKey], elsewhere: Mapping[str, str]) -> list[DeclaredState]:
    """What is wrong with each declared key in the mode that is configured.

    Args:
        keys: Patterns among them are left out.
        elsewhere: Names that have a value where nobody looks here, such as a .env file.
    """
    frame = sys._getframe()
    found = []
    for key in keys:
        if key.is_pattern:
            continue
        problems = [
            problem
            for problem in check.of_key(key, process.mode(), frame)
            if problem.kind != "missing" or key.name not in elsewhere
        ]
        found.append(DeclaredState(key.name, problems[0].reason if problems else ""))
    return found


def answering(key: DeclaredKey) -> str:
    """Return the source that answers for a key under an earlier name that counts, or ""."""
    for alias, _, source in _set(key):
        if not alias.has_ended(aliases.today()):
            return source
    return ""


def differing(keys: Sequence[DeclaredKey]) -> Iterator[str]:
    """Say which keys have another value under an earlier name."""
    for key in keys:
        own = _found(key.name)[0] if key.deprecated_aliases else ABSENT
        for alias, value, _ in _set(key) if own is not ABSENT else ():
            if value != own:
                yield (
                    f"{key.name}: {alias.name}, its earlier name, has another value, which is not "
                    f"read: remove {alias.name}"
                )


def renamed(keys: Sequence[DeclaredKey]) -> Iterator[str]:
    """Say which values are still set under an earlier name."""
    for key in keys:
        for alias, _, _ in _set(key):
            if not alias.has_ended(aliases.today()):
                yield f"{key.name} {aliases.told(alias, key.name)}"


def _set(key: DeclaredKey) -> Iterator[tuple[Alias, Any, str]]:
    for alias in key.deprecated_aliases:
        value, source = _found(alias.name)
        if value is not ABSENT:
            yield alias, value, source


def _found(name: str) -> tuple[Any, str]:
    try:
        return access.base()[name].find()
    except ConfigError:
        return ABSENT, ""
