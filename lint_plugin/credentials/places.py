"""Calls and objects whose literals are secrets by their place: found without parsing."""

import re
from collections.abc import Iterator

from .values import is_credential

# In lower case, in the text of a file; `placed` reads the syntax of what is found.
CALLS = (
    *("login(", "log_in(", "authenticate(", "jwt.encode(", "jwt.decode(", "serializer("),
    *("signer(", "sql.connect(", "mysqldb.connect("),
)
_LITERAL = re.compile(r"""["']((?:[^"'\\\n]|\\.){3,200})["']\s{0,9}[,)\n]""")
_MEMBER = re.compile(r"""["'](?:d|k)["']\s{0,3}:\s{0,3}[bru]?["'][A-Za-z0-9_-]{20}""")
# An address of mail and a literal, in a row: `("app@host.org", "…")`.
_MAIL_AND_LITERAL = re.compile(
    r"""@[\w-]{1,40}\.[\w.]{2,20}["'],\s{0,2}["'](?P<value>[^"'\s]{4,60})["']"""
)
# How far a call or an object is looked at.
_REACH = 300
_REACH_OF_JWK = 3000


def placed_literals(text: str, lower: str) -> Iterator[int]:
    """Yield offsets of calls and of objects that may hold a secret by its place."""
    for call in CALLS:
        at = lower.find(call)
        while at >= 0:
            end = at + len(call)
            given = text[end : end + _REACH].partition(")\n")[0] + ")"
            if any(
                is_credential(match[1], "login") for match in _LITERAL.finditer(given)
            ) and not _is_definition(text, at):
                yield at
            at = lower.find(call, end)
    if "@" in text:
        for match in _MAIL_AND_LITERAL.finditer(text):
            if is_credential(match["value"], "login"):
                yield match.start()
    at = text.find("kty")
    while at >= 0:
        for match in _MEMBER.finditer(text, max(0, at - _REACH_OF_JWK), at + _REACH_OF_JWK):
            yield match.start()
        at = text.find("kty", at + _REACH_OF_JWK)


def _is_definition(text: str, at: int) -> bool:
    line = text[max(0, at - 60) : at].rpartition("\n")[2].lstrip()
    return line.startswith(("def ", "async def ", "class "))
