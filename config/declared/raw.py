"""`[tool.hushflake.keys]` for a process that goes by its `pyproject.toml`.

The linter reads the table with every check and a place for each mistake. Here it is the program's
own, at its first read: what cannot be used is refused, and the linter says why.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ..errors import ConfigError
from .key import Alias, DeclaredKey

_FIELDS = {name.replace("_", "-"): name for name in DeclaredKey._fields if name != "name"}


def names(table: Any) -> Iterator[str]:
    """Yield the keys and patterns of a table, and the earlier names."""
    for name, row in table.items() if isinstance(table, dict) else ():
        yield name
        aliases = row.get("deprecated-aliases") if isinstance(row, dict) else None
        yield from (each for each in aliases or () if isinstance(each, str))


def of_table(table: Mapping[str, Any]) -> tuple[DeclaredKey, ...]:
    """Return the keys of a table.

    Raises:
        ConfigError: A row cannot be used.
    """
    found = []
    for name, row in table.items():
        try:
            found.append(_key(name, {"type": row} if isinstance(row, str) else row))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ConfigError(
                f"[tool.hushflake.keys]: the row of {name!r} cannot be used; "
                "`hushflake inventory --check` says what is wrong with it"
            ) from None
    for key in found:
        for alias in key.deprecated_aliases:
            if alias.name in table:
                # Reading it would be answered by another key.
                raise ConfigError(
                    f"[tool.hushflake.keys]: {alias.name!r} is an earlier name of {key.name!r} and "
                    "a key of its own; remove one of the two"
                )
    return tuple(found)


def _key(name: str, row: Mapping[str, Any]) -> DeclaredKey:
    values = {_FIELDS[field]: _value(value) for field, value in row.items()}
    given = row.get("deprecated-aliases", {})
    ends = given if isinstance(given, dict) else dict.fromkeys(given)
    values["deprecated_aliases"] = tuple(
        Alias(str(alias), _day(end)) for alias, end in ends.items()
    )
    return DeclaredKey(name, **values)


def _day(end: Any) -> date | None:
    if isinstance(end, str):
        return date.fromisoformat(end)
    if end is not None and type(end) is not date:
        raise TypeError("a last day is a date without a time")
    return end


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
