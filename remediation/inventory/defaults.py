"""Defaults of reads: shown when they may be, always comparable."""

import ast
import hashlib
import hmac
import secrets

from hushflake.lint_plugin.credentials.display import holds_credential
from hushflake.lint_plugin.credentials.values import is_credential

from .model import COMPUTED, SET, Default

_SHOWN = 60


class Defaults:
    """Makes `Default`s. The key of the hash lives as long as this object and is never written."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, node: ast.expr | None, *, hidden: bool) -> Default | None:
        """Return the default that an expression gives, None for none or a written `None`.

        Args:
            node: The expression.
            hidden: True where the value must not be shown.
        """
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return None
        value = _literal(node)
        if value is None:
            return Default(COMPUTED)
        identity = self._identity(value)
        # Nothing is told by an empty string, and it is the commonest default of all.
        if (hidden and value != "") or _is_random(text_of(value)):
            return Default(SET, identity)
        text = repr(value)
        if len(text) > _SHOWN:
            text = text[:_SHOWN] + "…"
        return Default(text, identity, text_of(value))

    def _identity(self, value: object) -> str:
        spelt = f"{type(value).__name__}:{value!r}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, spelt, hashlib.sha256).hexdigest()


def _is_random(text: str) -> bool:
    """Say whether a text is a credential by its form, or random, whatever its key is called."""
    return holds_credential(text) or is_credential(text, "random")


def _literal(node: ast.expr) -> str | int | float | bool | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _literal(node.operand)
        return -inner if isinstance(inner, int | float) and not isinstance(inner, bool) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
        return node.value
    return None


def text_of(value: str | int | float | bool) -> str:
    """Return the text that a process environment would hold for a value."""
    return str(value).lower() if isinstance(value, bool) else str(value)
