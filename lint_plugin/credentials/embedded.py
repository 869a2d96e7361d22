"""Credentials inside a text: in an address, its query, a form, a connection string, an object."""

import re
from collections.abc import Iterable, Iterator

from .names import Names
from .values import SHORTEST_KEY, is_credential, is_high_entropy

# RFC 3986 section 3.2.1: `scheme://user:password@host`.
_URL = re.compile(
    r"""[a-zA-Z][a-zA-Z0-9+.\-]{1,30}://[^\s:/@"'<>{}\[\]$\\]{0,80}:
    (?P<value>[^\s@/"'<>\\]{1,120})@(?=[A-Za-z0-9\[{%$_])""",
    re.VERBOSE,
)
# A parameter of a query or of a form: `?api_key=…&…`, `user=a&password=…`.
_PARAMETER = re.compile(
    r"""[?&"'](?P<name>[\w-]{2,40})=(?P<value>[^\s&"'<>{}\[\]()\\]{4,200})(?![\w{\[(])"""
)
# An entry of an object in JSON: `"password": "…"`, its quotes maybe escaped.
_ENTRY = re.compile(
    r"""(?P<name>[\w-]{2,80})\\?["']\s*:\s*\\?["'](?P<value>[^"'\\\n]{4,200})\\?["']"""
)
# A pair of a Cookie header (RFC 6265 section 4.2) whose name says that it is a session.
_COOKIE = re.compile(
    r"""(?:(?<=["';])|(?<=;\ ))(?P<name>[\w.\-]{0,30}(?:sess(?:ion)?_?id|session|token|auth))
    =(?P<value>[A-Za-z0-9%+/_.\-]{16,300})(?=[;"'])""",
    re.VERBOSE | re.IGNORECASE,
)
# How far behind its name the text of a header is looked at.
_REACH_OF_HEADER = 400
# ADO and libpq: `Server=…;Password=…`, `host=… password=…`.
PAIR = re.compile(r"(?:^|[;\s])(?:password|pwd)\s*=\s*(?P<value>[^\s;\"']{3,120})", re.IGNORECASE)
OTHER_PAIR = re.compile(
    r"(?:^|[;\s])(?:server|host|hostaddr|data source|user(?: id|name)?|uid|dbname|database"
    r"|initial catalog|driver)\s*=",
    re.IGNORECASE,
)
# The same within a line of source: after a quote, a space or a semicolon.
PAIR_IN_SOURCE = re.compile(
    r"[;\s\"'](?:password|pwd)\s?=\s?(?P<value>[^\s;\"'=,()]{3,120})", re.IGNORECASE
)
# Hosts of RFC 2606 and of one's own machine.
_NO_HOST = re.compile(
    r"(?:localhost|127\.|0\.0\.0\.0|\[::1|(?:[\w-]+\.)*example\b|host|server\b)", re.IGNORECASE
)


def in_urls(text: str) -> Iterator[re.Match[str]]:
    """Yield the addresses with a password, the group `value`, before the host."""
    at = text.find("://")
    while at >= 0:
        # Most addresses have no user: look for the `@` before looking closely.
        if "@" in text[at + 3 : at + 200]:
            start = at
            while start > max(0, at - 32) and (
                text[start - 1].isalnum() or text[start - 1] in "+.-"
            ):
                start -= 1
            match = _URL.match(text, start)
            if match and _is_real(match["value"]) and is_credential(match["value"], "chosen"):
                yield match
        at = text.find("://", at + 3)


# What stands for a password in an address that shows what one looks like.
_STAND_IN = re.compile(
    r"(?:my|your|the|some|user|db)?(?:pass|passwd|password|pwd|secret|token)|[A-Z_-]+"
)


def _is_real(value: str) -> bool:
    return _STAND_IN.fullmatch(value) is None


def in_queries(text: str, found: list[tuple[int, str]], names: Names) -> Iterator[re.Match[str]]:
    """Yield parameters of queries and forms whose `value` is a credential.

    Args:
        text: The source.
        found: Where secret words are, as `candidates.hits` returns it.
        names: Which names look secret.
    """
    for at, word in found:
        equals = text.find("=", at, at + 30)
        if equals < 0:
            continue
        start = max(text.rfind(lead, max(0, at - 30), at) for lead in "?&\"'")
        match = _PARAMETER.match(text, start) if start >= 0 else None
        if match is None or match.end("name") < at + len(word):
            continue
        # Without `?` it is the text of a form only if more follows.
        if match[0][0] in "\"'" and text[match.end() : match.end() + 1] != "&":
            continue
        kind = names.kind(match["name"])
        value = match["value"]
        if kind and _is_real(value) and is_credential(value, kind, match["name"]):
            yield match


def in_cookies(text: str, lower: str) -> Iterator[re.Match[str]]:
    """Yield sessions in the text of a Cookie header, the group `value`."""
    at, end = lower.find("cookie"), 0
    while at >= 0:
        for match in _COOKIE.finditer(text, max(at, end), at + _REACH_OF_HEADER):
            end = match.end()
            if is_high_entropy(match["value"], SHORTEST_KEY):
                yield match
        at = lower.find("cookie", at + 6)


def in_objects(text: str, offsets: Iterable[int], names: Names) -> Iterator[re.Match[str]]:
    """Yield entries of objects whose `value` is a credential; `offsets` are of their names."""
    for at in offsets:
        start = at
        while start > max(0, at - 40) and (text[start - 1].isalnum() or text[start - 1] in "_-"):
            start -= 1
        match = _ENTRY.match(text, start)
        kind = names.kind(match["name"]) if match else None
        if match and kind and is_credential(match["value"], kind, match["name"]):
            yield match


# What comes before an illustration, in prose.
_SHOWN = re.compile(
    r"\b(?:e\.?g|i\.?e|examples?|such as|like|looks|sample|format|form of|similar)\b", re.IGNORECASE
)


def is_illustration(match: re.Match[str]) -> bool:
    """Say whether a credential in prose (a comment, a docstring) only shows what one looks like.

    In an address most do, unless the value is random text, sent to a real host. Elsewhere the
    words around it tell: `looks like this:`.
    """
    text = match.string
    if "value" in match.re.groupindex:
        return not (is_high_entropy(match["value"]) and _has_real_host(match))
    before = text[max(0, match.start() - 400) : match.start()].split("\n")[-4:]
    return _SHOWN.search("\n".join(before)) is not None


def _has_real_host(match: re.Match[str]) -> bool:
    text = match.string
    if "://" in match[0]:
        return _NO_HOST.match(text, match.end()) is None
    before = re.split(r"""[\s"'<>()]""", text[max(0, match.start() - 200) : match.start()])[-1]
    host = before.partition("://")[2]
    return bool(host) and _NO_HOST.match(host) is None
