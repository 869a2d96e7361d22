"""Reads `[tool.hushflake.keys]`: what can be written there, and what is said of mistakes.

A row is a name, or a pattern with `*`, and either its type or a table: `docs/formats.md`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hushflake.config.declared.key import DeclaredKey
from hushflake.config.declared.types import SEVERAL, as_text, fits, spelled

from ..credentials.display import holds_credential, shown
from ..errors import SettingsError
from .fields import NAME, READERS
from .keys import TABLE

FIELDS = tuple(name.replace("_", "-") for name in DeclaredKey._fields if name != "name")

# Returns `file:line:column` of a key and, where one is named, of a field of it.
Place = Callable[[str, str], str]


def read_table(table: Any, place: Place) -> dict[str, DeclaredKey]:
    """Check the table and return its rows by name.

    Raises:
        SettingsError: A row cannot be used. No message holds a value.
    """
    if not isinstance(table, dict):
        raise SettingsError(f"{place('', '')}: keys of [tool.hushflake] must be a table")
    rows = {name: _row(name, row, place) for name, row in table.items()}
    _check_aliases(rows, place)
    return rows


def _row(name: str, row: Any, place: Place) -> DeclaredKey:
    told = repr(shown(name))
    if not NAME.fullmatch(name) or holds_credential(name):
        raise SettingsError(
            f"{place(name, '')}: {told} in {TABLE} is no name of a key: letters, digits, `_`, `.`, "
            "`:`, `/` and `-`, and `*` in a pattern"
        )
    if not name.strip("*"):
        raise SettingsError(
            f"{place(name, '')}: {told} in {TABLE} would declare every key: give it a beginning "
            "or an end, such as 'APP_*'"
        )
    if isinstance(row, str):
        row = {"type": row}
    if not isinstance(row, dict):
        raise SettingsError(
            f"{place(name, '')}: {told} in {TABLE} must be a type, such as 'int', or a table of "
            f"{', '.join(FIELDS)}"
        )
    values: dict[str, Any] = {}
    for field, value in row.items():
        if field not in FIELDS:
            at = place(name, field)
            raise SettingsError(f"{at}: unknown field {_field(field)} of key {told}{_near(field)}")
        try:
            values[field.replace("-", "_")] = READERS[field](value)
        except ValueError as wrong:
            # The place is looked for in the text: only where it is asked for.
            at = place(name, field)
            raise SettingsError(f"{at}: {field} of key {told} {wrong}") from None
    made = DeclaredKey(name, **values)
    for field, problem in _contradictions(made):
        raise SettingsError(f"{place(name, field)}: key {told}: {problem}")
    return made


def _contradictions(made: DeclaredKey) -> Iterator[tuple[str, str]]:
    """Yield the field and the words of what cannot be true of one key."""
    if made.default is not None:
        if made.secret:
            yield "default", "a secret has no default: everybody who reads the file would know it"
        if made.required is True:
            yield "required", "a required key has no default: remove one of the two"
        if not fits(made.type, made.default):
            yield "default", f"its default is no value of type {made.type}"
        if made.choices and as_text(made.default) not in set(map(as_text, made.choices)):
            yield "default", "its default is none of its choices"
    if made.choices and spelled(made.type).name in SEVERAL:
        yield "choices", "only a key with a single value has choices"
    elif made.choices and not all(fits(made.type, choice) for choice in made.choices):
        yield "choices", f"its choices are not all of type {made.type}"
    if made.schemes and made.type != "url":
        yield "schemes", 'only a key with type = "url" has schemes'
    elif made.schemes and made.default is not None:
        scheme = as_text(made.default).partition("://")[0].lower()
        if scheme not in made.schemes:
            yield "default", "its default has none of its schemes"
    if made.is_pattern and (made.deprecated_aliases or made.required):
        field = "deprecated-aliases" if made.deprecated_aliases else "required"
        yield field, "a pattern stands for many keys, of which none is required or has aliases"


def _check_aliases(rows: Mapping[str, DeclaredKey], place: Place) -> None:
    owners: dict[str, str] = {}
    for row in rows.values():
        for alias in (each.name for each in row.deprecated_aliases):
            if alias in rows or alias in owners:
                other = alias if alias in rows else owners[alias]
                raise SettingsError(
                    f"{place(row.name, 'deprecated-aliases')}: {alias!r} is an alias of "
                    f"{row.name!r}, but belongs to {other!r} as well: keep one of the two"
                )
            owners[alias] = row.name


def _near(field: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(field.replace("_", "-").lower(), FIELDS, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known fields: {', '.join(FIELDS)}"


def _field(name: str) -> str:
    return repr(name) if re.fullmatch(r"[A-Za-z_-]{1,32}", name) else "(not shown)"
