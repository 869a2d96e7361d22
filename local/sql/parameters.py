"""Parameters of DuckDB that a text uses: it refuses a surplus one."""

import re

from ..language.lexer import tokens
from .context import Context


def used_parameters(sql: str, context: Context) -> dict[str, object]:
    """Return the parameters that occur in a text: DuckDB refuses a surplus one."""
    names = set(re.findall(r"\$(p\d+)\b", sql))
    return {key: value for key, value in context.parameters.items() if key in names}


def strip_parameters(sql: str, parameters: dict[str, object] | None) -> dict[str, object] | None:
    """Return the parameters that a text uses, None when there are none."""
    names = set(re.findall(r"\$(p\d+)\b", sql))
    return {key: value for key, value in (parameters or {}).items() if key in names} or None


def numbered(sql: str) -> str:
    """Return a statement with its `?` numbered, in the order in which they stand."""
    if "?" not in sql:
        return sql
    pieces, place, count = [], 0, 0
    for token in tokens(sql):
        if token.kind == "symbol" and token.text == "?":
            count += 1
            pieces += [sql[place : token.start], f":{count}"]
            place = token.end
    return "".join(pieces) + sql[place:]
