"""JSON, also with comments and with what is missing or too much."""

import json
from typing import TYPE_CHECKING

from .arguments import in_arguments, takes_arguments
from .grammar import root
from .model import Entry, Reading, Scope, Text

if TYPE_CHECKING:
    from tree_sitter import Node


def read(text: Text) -> Reading:
    """Read JSON."""
    tree = root("json", text.shadow[text.start : text.end])
    entries: list[Entry] = []
    comments: list[tuple[int, int]] = []
    # A node, the scope around it, and the key that it is the value of.
    stack: list[tuple[Node, Scope, str, int]] = [(tree, Scope(), "", 0)]
    while stack:
        node, scope, key, at = stack.pop()
        if node.type == "string":
            start, end = text.start + node.start_byte + 1, text.start + node.end_byte - 1
            entries.append(Entry(scope, key, _decoded(text, start, end), start, end, at or start))
        elif node.type == "comment":
            comments.append((text.start + node.start_byte, text.start + node.end_byte))
        elif node.type == "object":
            inner = Scope(key, scope)
            stack.extend(
                _pair(text, child, inner) or (child, inner, "", 0)
                for child in reversed(node.named_children)
            )
        else:
            if node.type == "array" and takes_arguments(key):
                entries.extend(in_arguments(text, scope, _words(text, node)))
            stack.extend((child, scope, key, 0) for child in reversed(node.named_children))
    entries.sort(key=lambda entry: entry.start)
    return Reading(entries, comments)


def _pair(text: Text, node: "Node", inner: Scope) -> "tuple[Node, Scope, str, int] | None":
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if key is None or value is None:
        return None
    at = text.start + key.start_byte + 1
    name = _decoded(text, at, text.start + key.end_byte - 1)
    if value.type == "string":
        start, end = text.start + value.start_byte + 1, text.start + value.end_byte - 1
        inner.values.setdefault(name, _decoded(text, start, end))
    return value, inner, name, at


def _words(text: Text, array: "Node") -> list[tuple[int, int]]:
    return [
        (text.start + node.start_byte + 1, text.start + node.end_byte - 1)
        for node in array.named_children
        if node.type == "string"
    ]


def _decoded(text: Text, start: int, end: int) -> str:
    shown = text.shown(start, end)
    if "\\" not in shown:
        return shown
    try:
        return str(json.loads(f'"{shown}"', strict=False))
    except ValueError:
        return shown
