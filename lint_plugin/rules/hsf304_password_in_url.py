"""A password or a key inside a URL or a connection string.

It goes wherever the address goes: into logs, error messages and process lists. Keep the address
without it, and put the password in from the configuration store where the connection is made.
"""

import ast
import re
from collections.abc import Iterator

from ..bindings import literals, text_of
from ..credentials.values import is_credential
from ..module import Module
from ..rule import Report, Rule

# RFC 3986 section 3.2.1: `scheme://user:password@host`.
_URL = re.compile(
    r"""[a-zA-Z][a-zA-Z0-9+.\-]{1,30}://[^\s:/@"'<>{}\[\]$\\]{0,80}:
    (?P<password>[^\s@/"'<>\\]{1,120})@(?=[A-Za-z0-9\[{%$_])""",
    re.VERBOSE,
)
# ADO and libpq: `Server=…;Password=…`, `host=… password=…`.
_PAIR = re.compile(
    r"(?:^|[;\s])(?:password|pwd)\s*=\s*(?P<password>[^\s;\"']{3,120})", re.IGNORECASE
)
_OTHER_PAIR = re.compile(
    r"(?:^|[;\s])(?:server|host|hostaddr|data source|user(?: id|name)?|uid|dbname|database"
    r"|initial catalog|driver)\s*=",
    re.IGNORECASE,
)


class PasswordInUrl(Rule):
    code = "HSF304"
    message = "a credential is inside {what}; take it out and use {get} from {accessor}"
    secret = True
    rank = 2
    lenient_in_tests = True
    VALID = (
        "url = 'https://example.com/path'",
        "url = 'postgresql://app@db/main'",
        "url = 'postgresql://user:password@localhost/main'",
        "url = 'postgresql://user:<password>@localhost/main'",
        "url = f'postgresql://app:{password}@db/main'",
        "url = 'postgresql://app:%s@db/main' % password",
        "url = 'postgresql://app:${DB_PASSWORD}@db/main'",
        "url = 'http://[::1]:8080/@me'",
        'def connect(url):\n    """Connect to redis://:hunter2@localhost/0."""',
        "# such as amqp://guest:guest@localhost\npass",
        "url = 'https://example.com:8080/a@b'",
        "connect(host=h, password=p)",
        "text = 'password=hunter2'",
        "url = 'https://api.example.org/v1/items?api_key={key}&token_type=bearer1'",
        "dsn = 'host=db user=app password=%s'",
    )
    INVALID = (
        "url = 'postgresql://app:hunter2@db/main'",
        "connect('redis://:hunter2@cache:6379/0')",
        "# amqp://app:hunter2@queue/\npass",
        "url = f'postgresql://app:hunter2@{host}/main'",
        "url = 'https://api.example.org/v1/items?api_key=83a1f0c9d2e4&page=1'",
        "dsn = 'Server=db;Database=main;User Id=app;Password=hunter2;'",
        "dsn = 'host=db dbname=main user=app password=hunter2'",
    )

    def applies(self, module: Module) -> bool:
        return (
            "://" in module.text
            or self._may_hold_pairs(module)
            or next(_in_queries(module), None) is not None
        )

    def check(self, module: Module) -> Iterator[Report]:
        for match in _urls(module.text):
            password = module.value_at(*match.span("password"))
            if is_credential(password, "chosen") and not _is_illustration(match, module):
                yield Report(*match.span("password"), {"what": "a URL"}, "url")
        for match in _in_queries(module):
            yield Report(*match.span("value"), {"what": "a query"}, "query")
        if self._may_hold_pairs(module):
            yield from self._connection_strings(module)

    def _may_hold_pairs(self, module: Module) -> bool:
        return any(word in module.lower for word in ("password=", "pwd=", "password =", "pwd ="))

    def _connection_strings(self, module: Module) -> Iterator[Report]:
        lines = sorted(
            {
                module.source_position(match.start("password"))[0]
                for match in _PAIR_IN_SOURCE.finditer(module.text)
            }
        )
        if not lines:
            return
        for literal in literals(module.tree, lines):
            text = text_of(literal)
            match = _PAIR.search(text)
            if match and _OTHER_PAIR.search(text) and is_credential(match["password"], "chosen"):
                start, end = module.source.range(literal)
                yield Report(start, end, {"what": "a connection string"}, "connection string")


# The same within a line of source: after a quote, a space or a semicolon.
_PAIR_IN_SOURCE = re.compile(
    r"[;\s\"'](?:password|pwd)\s?=\s?(?P<password>[^\s;\"'=,()]{3,120})", re.IGNORECASE
)


# Hosts of RFC 2606 and of one's own machine.
_NO_HOST = re.compile(
    r"(?:localhost|127\.|0\.0\.0\.0|\[::1|(?:[\w-]+\.)*example\b|host|server\b)", re.I
)


def _is_illustration(match: re.Match[str], module: Module) -> bool:
    """Say whether an address only shows what one looks like: in prose, to no real host."""
    if not _NO_HOST.match(match.string, match.end()):
        return False
    line = module.source_position(match.start())[0]
    around = module.path_to(line)
    inner = around[-1] if around else None
    is_docstring = isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Constant)
    before = match.string[max(0, match.start() - 600) : match.start()].rpartition("\n")[2]
    return is_docstring or "#" in before


# A parameter of a query: `?api_key=…&…`.
_PARAMETER = re.compile(r"[?&](?P<name>[\w-]{2,40})=(?P<value>[A-Za-z0-9_\-.%+/]{6,200})(?![\w{])")


def _in_queries(module: Module) -> Iterator[re.Match[str]]:
    for at, word in module.secret_words:
        equals = module.text.find("=", at, at + 30)
        if equals < 0:
            continue
        start = max(module.text.rfind("?", at - 30, at), module.text.rfind("&", at - 30, at))
        match = _PARAMETER.match(module.text, start) if start >= 0 else None
        if match and match.end("name") >= at + len(word):
            kind = module.names.kind(match["name"])
            if kind and is_credential(match["value"], "generated", match["name"]):
                yield match


def _urls(text: str) -> Iterator[re.Match[str]]:
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
            if match:
                yield match
        at = text.find("://", at + 3)
