"""What the key of a secret is called: after the name that it is bound to, and after its module."""

import ast
import os
import re
from collections.abc import Iterator, Sequence

from hushflake.lint_plugin.credentials.names import Names, split
from hushflake.lint_plugin.node_names import name_of

# Words that say that it is a secret, and not whose.
_GENERIC = {
    *("password", "passwd", "passphrase", "pass", "pwd", "pw", "secret", "secrets", "token"),
    *("tokens", "key", "keys", "api", "apikey", "access", "auth", "authorization", "client"),
    *("private", "credential", "credentials", "default", "value", "pem", "session", "cookie"),
    *("bearer", "my", "the", "url", "uri", "dsn", "header", "headers", "literal"),
}
# Modules whose names do not say whose settings they hold.
_GENERIC_MODULES = {
    *("settings", "setting", "config", "configuration", "conf", "main", "app", "base", "common"),
    *("core", "constants", "const", "defaults", "utils", "util", "helpers", "init", "src", "lib"),
    *("env", "environment", "local", "dev", "prod", "production", "secrets", "module"),
}
_ADDRESS = ("url", "uri", "dsn", "address", "connection", "string", "conn")
# Begins of addresses that tell nothing of what is behind them.
_PLAIN_SCHEMES = {"http", "https", "ftp", "ssh", "tcp", "udp", "ws", "wss"}
# Functions that say nothing of what they are given.
_WRAPPERS = {
    *(
        "list",
        "dict",
        "tuple",
        "set",
        "str",
        "bytes",
        "bytearray",
        "SecretStr",
        "SecretBytes",
        "Secret",
        "quote",
        "quote_plus",
    ),
    *("dedent", "fromhex", "b64decode", "b64encode", "Field", "Option", "Argument", "get"),
    *("setdefault", "pop", "getattr", "setattr", "print", "append", "update", "encode"),
}
_NO_WORD = re.compile(r"[^a-z0-9]+")
_NO_KEY = re.compile(r"[^A-Z0-9_]+")


def proposals(
    code: str,
    target: str,
    around: Sequence[ast.AST],
    node: ast.expr,
    relative: str,
    names: Names,
    lead: str = "",
) -> tuple[str, ...]:
    """Return what a key may be called, the best first: each says more than the one before.

    Args:
        code: The rule that flags the literal.
        target: What the rule names: a variable, a provider, a kind of text.
        around: What `node` stands in, outermost first.
        node: The literal.
        relative: The file, as seen from the root.
        names: Which names look secret.
        lead: What stands before it in its text: the scheme of an address, the name of a parameter.
    """
    bound = list(_bound(around, node))
    inner = bound[0] if bound else ""
    own = _own_words(code, target, inner, names, lead)
    outer = next((split(name) for name in bound[1:] if not _is_generic(split(name))), [])
    module = _module_words(relative)
    found = []
    if not _is_generic(own):
        found.append(own)
    found += [_joined(module, own), _joined(outer, own), _joined(module, _joined(outer, own)), own]
    keys = dict.fromkeys(key for words in found if (key := _key(words)))
    best = [key for key in keys if key != _key(own)] if _is_generic(own) else list(keys)
    return tuple(best) or tuple(keys) or ("SECRET",)


def _own_words(code: str, target: str, inner: str, names: Names, lead: str) -> list[str]:
    words = split(inner)
    is_secret = bool(inner) and names.kind_of_bound(inner) is not None
    if code == "HSF302":
        # The name of a maker is one word: `GitHub token` is GITHUB_TOKEN.
        return words if is_secret else _NO_WORD.split(target.lower())
    if code == "HSF303":
        return words if {"key", "pem"}.intersection(words) else [*_trimmed(words), "private", "key"]
    if code == "HSF304":
        return _words_of_text(target, words, names, lead)
    if code == "HSF306":
        return words if is_secret else [*_trimmed(words), "secret"]
    return split(target) or words


def _words_of_text(target: str, words: Sequence[str], names: Names, lead: str) -> list[str]:
    """Return the words of a credential inside a text."""
    before = _trimmed(words)
    match target:
        case "url":
            return [*(_of_scheme(lead) if _is_generic(before) else before), "password"]
        case "connection string":
            return [*before, "password"]
        case "cookie":
            return [*before, "session"]
        case "query":
            return split(lead) or ["secret"]
    return split(target) if names.kind(target) else [*before, "secret"]


def _of_scheme(scheme: str) -> list[str]:
    word = scheme.partition("+")[0].lower()
    return [] if word in _PLAIN_SCHEMES else split(word)


def _trimmed(words: Sequence[str]) -> list[str]:
    """Return a name without what says that it is an address: `DATABASE_URL` is of a database."""
    kept = list(words)
    while kept and (kept[-1] in _ADDRESS or kept[-1].isdigit()):
        kept.pop()
    return kept


def _is_generic(words: Sequence[str]) -> bool:
    return all(word in _GENERIC or word.isdigit() for word in words)


def _module_words(relative: str) -> list[str]:
    """Return the words of the nearest module or package that has a name of its own."""
    parts = os.path.splitext(relative)[0].split("/")
    if parts[0] in ("", ".."):
        # Folders outside of the repository say nothing about it.
        parts = parts[-1:]
    for part in reversed(parts):
        words = [word for word in split(part) if word not in ("test", "tests", "py")]
        if words and not _GENERIC_MODULES.issuperset(words):
            return words
    return []


def _joined(before: Sequence[str], own: Sequence[str]) -> list[str]:
    """Put words in front, without those that are there already."""
    return [*(word for word in before if word not in own), *own]


def _key(words: Sequence[str]) -> str:
    # `SHA1_KEY` is split before its digit.
    joined = "".join(word if word.isdigit() else f"_{word}" for word in words)
    key = _NO_KEY.sub("", joined.upper()).strip("_")
    return f"KEY_{key}" if key[:1].isdigit() else key[:80]


def _bound(around: Sequence[ast.AST], node: ast.AST) -> Iterator[str]:
    """Yield the names that a node is bound to, the nearest first."""
    inner: ast.AST = node
    for outer in reversed(around):
        yield from filter(None, _names(outer, inner))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield outer.name
        inner = outer


def _names(outer: ast.AST, inner: ast.AST) -> Iterator[str]:
    """Yield the names that `outer` gives to what stands in it at once."""
    match outer:
        case ast.Assign(targets=targets):
            yield from (name_of(target) for target in targets)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            yield name_of(target)
        case ast.NamedExpr(target=target):
            yield name_of(target)
        case ast.keyword(arg=str(name)):
            yield name
        case ast.Dict(keys=keys, values=values):
            yield from (name_of(k) for k, v in zip(keys, values, strict=True) if v is inner)
        case ast.arguments():
            yield from _parameter(outer, inner)
        case ast.Compare(left=left, comparators=others):
            yield from (name_of(side) for side in (left, *others) if side is not inner)
        case ast.Call(func=func, args=args):
            if inner in args:
                first = args[0]
                if first is not inner and isinstance(first, ast.Constant):
                    yield name_of(first)
                if name_of(func) not in _WRAPPERS:
                    yield name_of(func)


def _parameter(arguments: ast.arguments, default: ast.AST) -> Iterator[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(with_default, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    yield from (parameter.arg for parameter, value in pairs if value is default)
