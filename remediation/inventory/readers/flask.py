"""Flask: https://flask.palletsprojects.com/en/stable/config/#configuring-from-environment-variables."""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.module import Module

from .base import FileUse, KeyUse, word_of

NAME = "flask"
FORM = "flask"
WORDS = (b"from_prefixed_env", b"from_envvar")
_PREFIX = "FLASK"


def keys(module: Module) -> Iterator[KeyUse]:
    """Yield the pattern of `from_prefixed_env`, and the key of `from_envvar`."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="from_prefixed_env")):
                given = word_of(node, "prefix", 0)
                prefix = _PREFIX if given is None else getattr(given, "value", "")
                yield KeyUse(f"{prefix}_*" if isinstance(prefix, str) and prefix else "*", node)
            case ast.Call(func=ast.Attribute(attr="from_envvar")):
                named = word_of(node, "variable_name", 0)
                silent = getattr(word_of(node, "silent", 1), "value", False) is True
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    yield KeyUse(named.value, node, required=not silent, type="path")


def files(_module: Module) -> Iterator[FileUse]:
    """`flask run` loads .env files, and not the code."""
    return iter(())
