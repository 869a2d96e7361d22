"""Values that are secrets by their place: in a call, in a pair, in a key of JSON.

No assignment names them. What takes them says what they are: `jwt.encode(claims, "…")`,
`login("user", "…")`, `env.str("DB_PASSWORD", "…")`, `CREDENTIALS = ("user", "…")`.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from .credentials.names import split
from .node_names import name_of


class Placed(NamedTuple):
    """A value, the name that its place gives it, how it gets there, and the user beside it."""

    name: str
    value: ast.AST
    how: str
    user: ast.AST | None = None


# Functions that let a user in: the password follows the user's name.
_LOGINS = {"login", "log_in", "signin", "sign_in", "logon", "authenticate", "force_authenticate"}
# Classes and functions that sign or encrypt -> position of the key (itsdangerous, PyJWT, jose).
_KEYS = {
    "URLSafeSerializer": 0,
    "URLSafeTimedSerializer": 0,
    "TimestampSigner": 0,
    "Signer": 0,
    "JSONWebSignatureSerializer": 0,
    "TimedJSONWebSignatureSerializer": 0,
}
_OF_JWT = {"encode": 1, "decode": 1}
# The drivers of databases whose `connect` takes host, user and password in this order.
_DRIVERS = {"pymysql", "MySQLdb", "mysql", "aiomysql", "cymysql"}
# What a function is called that reads a setting, its name given as a text before its default.
_READER = re.compile(
    r"(?:.*_)?(?:get|read|load|lookup|check|find|fetch|env|environ|getenv|config|conf|cfg|settings?"
    r"|options?|opt|param|parameter|variable|var|str|string|secret|default|value|get[a-z]*)(?:_.*)?",
    re.IGNORECASE,
)
_DEFAULTS = ("default", "fallback", "initial", "value", "default_value")
# Words that end the name of what holds a user's name with a password.
_PAIRS = {"credential", "credentials", "creds", "cred", "login", "logins", "auth", "userpass"}
_MAPS = {"passwords", "passwds", "pwds", "passphrases", "secrets"}
# RFC 7518: of these members an object with `kty` is a private or a symmetric key.
_PRIVATE_MEMBERS = ("d", "k", "p", "q", "dp", "dq", "qi")
# Of an object in JSON, in text.
JWK = re.compile(r"""\\?["'](?:d|k)\\?["']\s*:\s*\\?["'](?P<value>[A-Za-z0-9_-]{20,700})\\?["']""")
_FEW = 12


def of_call(node: ast.Call) -> Iterator[Placed]:
    """Yield the secrets that a call is given without the name of a parameter."""
    function, args = name_of(node.func), node.args
    owner = name_of(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if function in _LOGINS and len(args) == 2:
        yield Placed("password", args[1], "passed as", args[0])
    elif function == "connect" and owner in _DRIVERS and len(args) > 2:
        yield Placed("password", args[2], "passed as", args[1])
    elif function in _OF_JWT and owner == "jwt" and len(args) > 1:
        yield Placed("jwt_key", args[_OF_JWT[function]], "passed as")
    elif function in _KEYS and args:
        yield Placed("signing_key", args[_KEYS[function]], "passed as")
    if _READER.fullmatch(function):
        yield from _of_reader(node)


def _of_reader(node: ast.Call) -> Iterator[Placed]:
    """Yield the defaults of `env("KEY", …)`, of the last text that has a default behind it."""
    texts = [index for index, each in enumerate(node.args[:4]) if _is_text(each)]
    if not texts:
        return
    named = [keyword for keyword in node.keywords if keyword.arg in _DEFAULTS]
    if named:
        yield Placed(name_of(node.args[texts[-1]]), named[0].value, "the default of")
    elif len(texts) > 1 and texts[-1] == texts[-2] + 1:
        name = name_of(node.args[texts[-2]])
        yield Placed(name, node.args[texts[-1]], "the default of")


def of_pairs(name: str, value: ast.AST) -> Iterator[Placed]:
    """Yield the passwords of pairs and of maps that are bound to a name such as `credentials`."""
    last = split(name)[-1:]
    if last and last[0] in _PAIRS:
        if isinstance(value, ast.List | ast.Set | ast.Tuple) and len(value.elts) <= _FEW:
            for each in (value, *value.elts):
                if _is_pair(each):
                    yield Placed("password", each.elts[1], "the second of", each.elts[0])  # type: ignore[attr-defined]
        elif isinstance(value, ast.Dict):
            for each in value.values:
                if _is_pair(each):
                    yield Placed("password", each.elts[1], "the second of", each.elts[0])  # type: ignore[attr-defined]
    elif last and last[0] in _MAPS and isinstance(value, ast.Dict) and len(value.keys) <= _FEW:
        kind = "secret_key" if last[0] == "secrets" else "password"
        for each in value.values:
            if _is_text(each):
                yield Placed(kind, each, "the value of")


_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_LIKE_A_PASSWORD = re.compile(r"(?=.*\d)(?=.*[^\W\d])\S{5,}|.*pass.*", re.IGNORECASE)


def of_row(node: ast.Tuple | ast.List) -> Iterator[Placed]:
    """Yield what stands beside an address of mail in a pair, where it looks like a password."""
    match node.elts:
        case [ast.Constant(value=str(user)), ast.Constant(value=str(password)) as second]:
            if _MAIL.fullmatch(user) and _LIKE_A_PASSWORD.fullmatch(password):
                yield Placed("password", second, "the second of", node.elts[0])


def of_jwk(node: ast.Dict) -> Iterator[Placed]:
    """Yield the private member of a JSON web key that is written as a dictionary."""
    members = {name_of(key): value for key, value in zip(node.keys, node.values, strict=True)}
    if "kty" in members:
        for member in _PRIVATE_MEMBERS:
            if member in members and _is_text(members[member]):
                yield Placed("private_key", members[member], "the value of")
                return


def _is_pair(value: ast.AST) -> bool:
    match value:
        case ast.Tuple(elts=[ast.Constant(value=str()), ast.Constant(value=str())]):
            return True
    return False


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
