"""Reads `[tool.hushflake.keys]`: what can be written there, and what is said of mistakes.

A row is a name, or a pattern with `*`, and either its type or a table: `docs/formats.md`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ..credentials.display import holds_credential, shown
from ..errors import SettingsError
from .keys import TABLE, Declaration, as_text, fits

# What `config.convert` makes of a text has the same names; `url` and `json` stay a text there.
TYPES = ("str", "int", "float", "bool", "path", "url", "json", "seconds", "list")
_ITEMS = ("str", "int", "float", "bool", "path")
_LISTS = tuple(f"list[{item}]" for item in _ITEMS)
# What a variable can be called, also where an accessor spells keys as paths; `*` is a pattern.
_NAME = re.compile(r"[A-Za-z_*][A-Za-z0-9_.:/*-]{0,255}")
FIELDS = tuple(name.replace("_", "-") for name in Declaration._fields if name != "name")

# Returns `file:line:column` of a key and, where one is named, of a field of it.
Place = Callable[[str, str], str]


def read_table(table: Any, place: Place) -> dict[str, Declaration]:
    """Check the table and return its rows by name.

    Raises:
        SettingsError: A row cannot be used. No message holds a value.
    """
    if not isinstance(table, dict):
        raise SettingsError(f"{place('', '')}: keys of [tool.hushflake] must be a table")
    rows = {name: _row(name, row, place) for name, row in table.items()}
    _check_aliases(rows, place)
    return rows


def _row(name: str, row: Any, place: Place) -> Declaration:
    told = repr(shown(name))
    if not _NAME.fullmatch(name) or holds_credential(name):
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
            values[field.replace("-", "_")] = _READERS[field](value)
        except ValueError as wrong:
            # The place is looked for in the text: only where it is asked for.
            at = place(name, field)
            raise SettingsError(f"{at}: {field} of key {told} {wrong}") from None
    made = Declaration(name, **values)
    for field, problem in _contradictions(made):
        raise SettingsError(f"{place(name, field)}: key {told}: {problem}")
    return made


# Each returns the value of a field in its type, or raises ValueError with what it must be.


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return str(_harmless(value))


def _advice(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('must be a text that says what to do, such as "read APP_MODE instead"')
    return str(_harmless(value))


def _type(value: Any) -> str:
    if value not in (*TYPES, *_LISTS):
        raise ValueError(f"must be one of {', '.join((*TYPES, *_LISTS))}")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _aliases(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(_is_plain_name, value)):
        raise ValueError("must be a list of names of keys, without patterns")
    return tuple(value)


def _choices(value: Any) -> tuple[str | int | float, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list of strings or numbers")
    if not all(isinstance(v, str | int | float) for v in value):
        raise ValueError("must be a list of strings or numbers")
    return tuple(_harmless(each) for each in value)


def _default(value: Any) -> Any:
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str | int | float) for part in parts):
        raise ValueError("must be a string, a number, true, false or a list of them")
    harmless = tuple(_harmless(part) for part in parts)
    return harmless if isinstance(value, list) else harmless[0]


def _harmless(value: Any) -> Any:
    """Return a value that may stand in a repository."""
    if isinstance(value, str) and holds_credential(value):
        raise ValueError("holds a credential: revoke it, and remove it here")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "type": _type,
    "secret": _flag,
    "default": _default,
    "required": _flag,
    "owner": _text,
    "description": _text,
    "group": _text,
    "choices": _choices,
    "deprecated": _advice,
    "deprecated-aliases": _aliases,
}


def _is_plain_name(item: Any) -> bool:
    return (
        isinstance(item, str)
        and _NAME.fullmatch(item) is not None
        and "*" not in item
        and not holds_credential(item)
    )


def _contradictions(made: Declaration) -> Iterator[tuple[str, str]]:
    """Yield the field and the words of what cannot be true of one key."""
    if made.default is not None:
        if made.secret:
            yield "default", "a secret has no default: everybody who reads the file would know it"
        if made.required:
            yield "required", "a required key has no default: remove one of the two"
        if not fits(made.type, made.default):
            yield "default", f"its default is no value of type {made.type}"
        if made.choices and as_text(made.default) not in set(map(as_text, made.choices)):
            yield "default", "its default is none of its choices"
    if made.choices and not all(fits(made.type, choice) for choice in made.choices):
        yield "choices", f"its choices are not all of type {made.type}"
    if made.is_pattern and (made.deprecated_aliases or made.required):
        field = "deprecated-aliases" if made.deprecated_aliases else "required"
        yield field, "a pattern stands for many keys, of which none is required or has aliases"


def _check_aliases(rows: Mapping[str, Declaration], place: Place) -> None:
    owners: dict[str, str] = {}
    for row in rows.values():
        for alias in row.deprecated_aliases:
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


def place_in(file: str, text: str, name: str, field: str = "") -> str:
    """Return `file:line:column` of a row or of a field of it, as well as a search tells."""
    lines = text.splitlines()
    spelt = rf"""(?:"{re.escape(name)}"|'{re.escape(name)}'|{re.escape(name)})"""
    row = re.compile(
        rf"\s*\[tool\.hushflake\.keys\.{spelt}\s*\]|\s*(?:keys\.)?{spelt}\s*[=.]"
        if name
        else r"\s*\[tool\.hushflake\.keys\b|\s*keys\s*[=.]"
    )
    start = _line_of(lines, re.compile(r"\s*\[tool\.hushflake\.keys\b"), 0)
    at = _line_of(lines, row, max(start, 0))
    if at < 0:
        return f"{file}:1:1"
    line = lines[at]
    column = len(line) - len(line.lstrip()) + 1
    if field:
        wanted = re.compile(rf"""(?<![\w-])["']?{re.escape(field)}["']?\s*=""")
        for number in range(at, len(lines)):
            found = wanted.search(lines[number])
            if found:
                return f"{file}:{number + 1}:{found.start() + 1}"
            if number > at and (lines[number].lstrip().startswith("[") or not _is_open(lines, at)):
                break
    return f"{file}:{at + 1}:{column}"


def _is_open(lines: list[str], at: int) -> bool:
    """Say whether a row goes on below its first line: a header of its own, or an open brace."""
    line = lines[at]
    return line.lstrip().startswith("[") or line.count("{") > line.count("}")


def _line_of(lines: Collection[str], wanted: re.Pattern[str], start: int) -> int:
    for number, line in enumerate(lines):
        if number >= start and wanted.match(line):
            return number
    return -1
