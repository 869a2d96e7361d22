"""IDENTIFIER(…) and TABLE(…): names that a statement gives as text, put in before it is read.

https://docs.snowflake.com/en/sql-reference/identifier-literal
https://docs.snowflake.com/en/sql-reference/literals-table
"""

import re

from ...language.errors import SqlError, compilation
from ...language.lexer import Token, tokens, unquote
from ...language.names import quote, spell
from ...language.parser import Parser
from ...language.results import Binding
from ...sessions.session import Session
from ...sessions.settings import Settings

_MAY = re.compile(r"\b(?:IDENTIFIER|TABLE)\s*\(", re.IGNORECASE)


def with_names(session: Session, sql: str, bindings: dict[str, Binding]) -> str:
    """Return a statement with the names that stand in it as text put in.

    Bound values that are left keep their places: each `?` becomes `:1`, `:2`, … then.

    Raises:
        SqlError: What stands in the brackets is no name.
    """
    if _MAY.search(sql) is None:
        return sql
    found = tokens(sql)
    pieces: list[str] = []
    place = index = count = 0
    changed = False
    while index < len(found):
        token = found[index]
        if _opens(found, index):
            inner = found[index + 2 : index + 4]
            count += inner[0].text == "?"
            text = _text(session.settings, inner, count, bindings)
            closing = index + (4 if inner[0].text == ":" else 3)
            if text is not None and found[closing].text == ")":
                called = found[closing + 1].text == "("
                pieces += [sql[place : token.start], _spelt(text, called=called)]
                place, index, changed = found[closing].end, closing + 1, True
                continue
            count -= inner[0].text == "?"
        if token.kind == "symbol" and token.text == "?":
            count += 1
            pieces += [sql[place : token.start], f":{count}"]
            place = token.end
        index += 1
    return "".join(pieces) + sql[place:] if changed else sql


def _opens(found: list[Token], index: int) -> bool:
    token = found[index]
    return (
        token.kind == "word"
        and token.upper in {"IDENTIFIER", "TABLE"}
        and index + 4 < len(found)
        and found[index + 1].text == "("
    )


def _text(
    settings: Settings, inner: list[Token], count: int, bindings: dict[str, Binding]
) -> str | None:
    """Return the text of a name, None when the brackets hold something else."""
    first, second = inner
    if first.kind in {"string", "dollar"}:
        return unquote(first)
    if first.kind == "variable":
        name = first.text[1:].upper()
        if name not in settings.variables:
            raise compilation(f"Session variable '${name}' does not exist", 2211, "02000")
        return str(settings.variables[name])
    if first.text == "?":
        bound = bindings.get(str(count))
    elif first.text == ":":
        bound = bindings.get(second.text)
        if bound is None:
            # A variable of a scripting block, which is bound where its statement runs.
            return None
    else:
        return None
    if bound is None or not isinstance(bound.value, str):
        raise compilation("a name is bound to no text", 2211, "02000")
    return bound.value


def _spelt(text: str, *, called: bool) -> str:
    parser = Parser(text)
    try:
        name = parser.name()
        parser.end()
    except SqlError:
        raise compilation(f"'{text}' is no identifier", 1003, "42000") from None
    parts = [part for part in (name.database, name.schema, name.last) if part is not None]
    return ".".join(map(spell if called else quote, parts))
