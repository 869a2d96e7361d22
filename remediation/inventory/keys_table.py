"""The inventory as `[tool.hushflake.keys]`: a first declaration, to paste into pyproject.toml."""

import json
import re
from collections.abc import Iterator

from hushflake.lint_plugin.declared.keys import TABLE, fits

from .model import Inventory, Key

# Type in the inventory -> declared type. What only the code can take apart stays a text.
_TYPES = {kind: kind for kind in ("int", "float", "bool", "path", "url", "json", "list")}
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_USABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,255}")
_TRUE = {"1", "true", "yes", "on"}


def render(inventory: Inventory) -> str:
    """Return the TOML of the table: one line for each key that code outside of tests reads."""
    keys = [key for key in inventory.read_keys if any(not read.in_test for read in key.reads)]
    patterns = sorted(
        {read.pattern for read in inventory.dynamic if read.pattern and not read.in_test}
    )
    lines = [
        "# Written by `hushflake inventory --format keys`: what the code reads. Add what it cannot",
        '# tell: owner = "…", description = "…", deprecated-aliases = ["OLD_NAME"].',
        TABLE,
    ]
    lines += [line for key in keys for line in _lines(key)]
    lines += [f"{_name(pattern)} = {{}}" for pattern in patterns if _is_usable(pattern)]
    return "\n".join(lines) + "\n"


def _lines(key: Key) -> Iterator[str]:
    if not _USABLE.fullmatch(key.name):
        yield f"# {json.dumps(key.name)} is no name that can be declared"
        return
    if key.conflicting:
        yield f"# {key.name}: the code gives it several defaults: {_comment(key.shown_default)}"
    kind = _TYPES.get(key.type, "str")
    if " | " in key.type:
        yield f"# {key.name}: read as {key.type}"
    fields: list[tuple[str, str]] = [("type", json.dumps(kind))]
    if key.secret:
        fields.append(("secret", "true"))
    default = _default(key, kind)
    if default is not None:
        fields.append(("default", default))
    elif key.defaults or not key.required:
        fields.append(("required", "false"))
    if len(fields) == 1:
        yield f"{_name(key.name)} = {fields[0][1]}"
    else:
        yield f"{_name(key.name)} = {{{', '.join(f'{name} = {value}' for name, value in fields)}}}"


def _default(key: Key, kind: str) -> str | None:
    """Return the default of a key as TOML, None where it has none, several, or a hidden one."""
    values = {default.value for default in key.defaults}
    value = next(iter(values)) if len(values) == 1 else None
    if value is None or key.secret or not fits(kind, value):
        return None
    if kind == "bool":
        return "true" if value.strip().lower() in _TRUE else "false"
    if kind == "int":
        return str(int(value))
    if kind == "float" and re.fullmatch(r"-?\d+(?:\.\d+)?", value):
        return value
    return _string(value) if kind != "float" else None


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _is_usable(pattern: str) -> bool:
    return re.fullmatch(r"[A-Za-z_*][A-Za-z0-9_.:/*-]{0,255}", pattern) is not None


def _string(text: str) -> str:
    # A basic string of TOML has the escapes of JSON; DEL must be escaped as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return " ".join(text.split())
