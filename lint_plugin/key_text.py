"""The key that an expression stands for: a literal, a constant, or a pattern."""

import ast
import re

from .analysis import Index

# What a `%` or `str.format` puts a value in the place of.
_FIELDS = re.compile(r"%(?:\(\w*\))?[-+ #0]*\d*(?:\.\d+)?[sdr]|\{[^{}]*\}")
_PARTS = 20


def constant_key(index: Index, node: ast.expr | None) -> str | None:
    """Return the key that an expression is: a literal, or a name bound once to a literal."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.Name):
        return None
    index.record([node.id])
    place = index.place(node)
    bindings = index.bindings(place) if place else []
    if len(bindings) != 1 or bindings[0].kind != "assign":
        return None
    value = bindings[0].value
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def key_pattern(node: ast.AST | None) -> str:
    """Return the pattern that a computed key follows, "" where nothing of it is written out.

    `f"APP_{name}"`, `"APP_" + name`, `"APP_%s" % name` and `"APP_{}".format(name)` are `APP_*`.
    """
    pattern = re.sub(r"\*+", "*", _pattern(node, _PARTS))
    return pattern if pattern.strip("*") else ""


def _pattern(node: ast.AST | None, parts: int) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_pattern(value, parts) for value in values)
        case ast.BinOp(op=ast.Add(), left=left, right=right) if parts:
            return _pattern(left, parts - 1) + _pattern(right, parts - 1)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text))):
            return _FIELDS.sub("*", text)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return _FIELDS.sub("*", text)
    return "*"
