"""Queries: the names in them, and what stands in the text of a CREATE VIEW."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from ..names import Identifier
from .tokens import TOKEN, string_value, tokens


def names_in(text: str) -> Iterator[tuple[str, bool]]:
    """Names in a query, and whether each stands where a table does (after FROM, JOIN, INTO …)."""
    after_source = False
    depth = 0
    for group, token in tokens(text):
        word = token.upper()
        if group == "name" and word not in _CLAUSES and word not in _SOURCES:
            yield token, after_source
            after_source = False
        elif word in _SOURCES:
            after_source = True
        elif (token == "," and depth == 0) or group == "name" or token in "()":
            after_source = False


def stages_in(text: str) -> Iterator[str]:
    """Names of stages in a statement: what stands after `@`."""
    if "@" in text:
        for (_, at), (group, name) in pairwise(tokens(text)):
            if at == "@" and group == "name":
                yield name


_SOURCES: Final = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "USING", "STREAM"})
# `FROM SEMANTIC_VIEW(name …)`.
_SEMANTIC: Final = "SEMANTIC_VIEW"
_CLAUSES: Final = frozenset(
    {"SELECT", "WHERE", "GROUP", "ORDER", "BY", "HAVING", "QUALIFY", "LIMIT", "ON", "AS", "AND",
     "OR", "LATERAL", "UNION", "ALL", "WITH", "WHEN", "THEN", "ELSE", "END", "CASE", "SET",
     "VALUES"}
)  # fmt: skip


def complete_names(text: str, full_name: Callable[[str], str | None]) -> str:
    """Put full names where tables are named, for those that `full_name` knows.

    Names of common table expressions (`name AS (`) stay.
    """
    found = [m for m in TOKEN.finditer(text) if m.lastgroup != "space"]
    local = {
        m[0].upper()
        for m, after, then in zip(found, found[1:], found[2:], strict=False)
        if m.lastgroup == "name" and after[0].upper() == "AS" and then[0] == "("
    }
    parts: list[str] = []
    end = 0
    for opener, before, match in zip([None, *found], found, found[1:], strict=False):
        in_semantic = before[0] == "(" and opener is not None and opener[0].upper() == _SEMANTIC
        if match.lastgroup != "name" or not (before[0].upper() in _SOURCES or in_semantic):
            continue
        full = None if match[0].upper() in local else full_name(match[0])
        if full is not None:
            parts += [text[end : match.start()], full]
            end = match.end()
    return "".join([*parts, text[end:]])


def query_of_view(statement: str) -> str:
    """The query in the text of a CREATE VIEW (SHOW VIEWS gives the whole statement).

    Text that is no CREATE statement comes back as it is.
    """
    end = _end_of_head(statement)
    return statement[end:].strip().rstrip(";").rstrip() if end else statement.strip()


def _end_of_head(statement: str) -> int:
    """Where the query of a CREATE VIEW begins: after AS, outside of parentheses; else 0."""
    if not re.match(r"\s*CREATE\b", statement, re.IGNORECASE):
        return 0
    depth = 0
    for match in TOKEN.finditer(statement):
        token = match[0]
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
        elif depth == 0 and token.upper() == "AS" and match.lastgroup == "name":
            return match.end()
    return 0


def columns_of_view(statement: str) -> Iterator[tuple[Identifier, str]]:
    """The names and comments in the column list of a CREATE VIEW; none when it has no list."""
    head = list(tokens(statement[: _end_of_head(statement)]))
    opened = next((i for i, (_, token) in enumerate(head) if token == "("), None)
    name_before = opened is not None and opened > 0 and head[opened - 1][1].upper() not in _CALLED
    if opened is None or not name_before:
        return
    name: Identifier | None = None
    comment = ""
    for group, token in head[opened + 1 :]:
        if group == "name" and name is None:
            name = Identifier.parse(token)
        elif group == "string":
            comment = string_value(token)
        elif token in (",", ")") and name is not None:
            yield name, comment
            name, comment = None, ""
        if token == ")":
            return


# Words before a parenthesis that is no column list.
_CALLED: Final = frozenset({"ON", "TAG", "BY", "USING"})
