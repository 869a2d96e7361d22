"""The inventory as `[tool.hushflake.keys]`: a first declaration, to paste into pyproject.toml."""

import json
import re
from collections.abc import Iterator

from hushflake.config.declared.key import DeclaredKey
from hushflake.config.declared.types import fits
from hushflake.lint_plugin.declared.fields import NAME
from hushflake.lint_plugin.declared.keys import TABLE
from hushflake.lint_plugin.settings import Settings

from ..keys.table import Table, filled
from .model import Inventory, Key

# Type in the inventory -> declared type. What only the code can take apart stays a text.
_TYPES = {kind: kind for kind in ("int", "float", "decimal", "bool", "path", "url", "json", "list")}
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TRUE = {"1", "true", "yes", "on"}


def render(inventory: Inventory) -> str:
    """Return the TOML of the table: one line for each key that code outside of tests reads."""
    lines = [
        "# Written by `hushflake inventory --format keys`: what the code reads. Add what it does",
        "# not say: owner, description, deprecated-aliases = {OLD_NAME = 2099-12-31}.",
        TABLE,
    ]
    lines += [line for key in _read(inventory) for line in _lines(key)]
    lines += [f"{_name(pattern)} = {{}}" for pattern in _patterns(inventory)]
    return "\n".join(lines) + "\n"


def first_table(inventory: Inventory, settings: Settings) -> Table:
    """Return what the code reads as declared keys."""
    keys = [declared(key) for key in _read(inventory) if NAME.fullmatch(key.name)]
    keys += [DeclaredKey(pattern) for pattern in _patterns(inventory)]
    return Table(tuple(filled(keys, settings)))


def declared(key: Key) -> DeclaredKey:
    """Return a key that the code reads as a declared one, as far as the code says of it."""
    kind = _TYPES.get(key.type, "str")
    default = _default(key, kind)
    is_optional = default is None and (bool(key.defaults) or not key.required)
    return DeclaredKey(
        key.name,
        kind,
        secret=True if key.secret else None,
        default=default,
        required=False if is_optional else None,
    )


def _read(inventory: Inventory) -> list[Key]:
    return [key for key in inventory.read_keys if any(not read.in_test for read in key.reads)]


def _patterns(inventory: Inventory) -> list[str]:
    found = {read.pattern for read in inventory.dynamic if read.pattern and not read.in_test}
    return sorted(pattern for pattern in found if NAME.fullmatch(pattern) and pattern.strip("*"))


def _lines(key: Key) -> Iterator[str]:
    if not NAME.fullmatch(key.name) or "*" in key.name:
        yield f"# {json.dumps(key.name)} is no name that can be declared"
        return
    if key.conflicting:
        yield f"# {key.name}: the code gives it several defaults: {_comment(key.shown_default)}"
    if " | " in key.type:
        yield f"# {key.name}: read as {key.type}"
    row = declared(key)
    fields: list[tuple[str, str]] = [("type", json.dumps(row.type))]
    if row.secret:
        fields.append(("secret", "true"))
    if row.default is not None:
        fields.append(("default", _toml(row.default)))
    elif row.required is False:
        fields.append(("required", "false"))
    # Who reads it where that is neither the code itself nor the accessor.
    reader = f"  # read by {', '.join(key.readers)}" if key.readers else ""
    if len(fields) == 1:
        yield f"{_name(key.name)} = {fields[0][1]}{reader}"
    else:
        row_text = ", ".join(f"{name} = {value}" for name, value in fields)
        yield f"{_name(key.name)} = {{{row_text}}}{reader}"


def _default(key: Key, kind: str) -> str | int | float | bool | None:
    """Return the default of a key, None where it has none, several, or a hidden one."""
    values = {default.value for default in key.defaults}
    value = next(iter(values)) if len(values) == 1 else None
    if value is None or key.secret or not fits(kind, value):
        return None
    if kind == "bool":
        return value.strip().lower() in _TRUE
    if kind == "int":
        return int(value)
    if kind == "float":
        return float(value) if re.fullmatch(r"-?\d+(?:\.\d+)?", value) else None
    return value


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _string(value) if isinstance(value, str) else str(value)


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    # A basic string of TOML has the escapes of JSON; DEL must be escaped as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return " ".join(text.split())
