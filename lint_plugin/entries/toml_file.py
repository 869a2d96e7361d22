"""TOML."""

import tomllib
from typing import TYPE_CHECKING

from .arguments import in_arguments, takes_arguments
from .grammar import root
from .model import Entry, Reading, Scope, Text

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYS = ("bare_key", "quoted_key", "dotted_key")
_QUOTES = ('"""', "'''", '"', "'")


def read(text: Text) -> Reading:
    """Read TOML."""
    tree = root("toml", text.shadow[text.start : text.end])
    entries: list[Entry] = []
    comments: list[tuple[int, int]] = []
    stack: list[tuple[Node, Scope, str, int]] = [(tree, Scope(), "", 0)]
    while stack:
        node, scope, key, at = stack.pop()
        children = node.named_children
        if node.type == "string":
            entries.append(_entry(text, node, scope, key, at))
            if key and at:
                scope.values.setdefault(key, entries[-1].value)
        elif node.type == "comment":
            comments.append((text.start + node.start_byte, text.start + node.end_byte))
        elif children and children[0].type in _KEYS:
            names = _names(text, children[0])
            # All parts of the key of a table are scopes; of a pair all but the last.
            for name in names if node.type != "pair" else names[:-1]:
                scope = Scope(name, scope)
            is_pair = node.type == "pair"
            key = names[-1] if is_pair else ""
            at = text.start + children[0].start_byte if is_pair else 0
            stack.extend((child, scope, key, at) for child in reversed(children[1:]))
        else:
            if node.type == "inline_table":
                scope, key = Scope(key, scope), ""
            elif node.type == "array" and takes_arguments(key):
                words = [_entry(text, child, scope, key, 0) for child in children]
                spans = [(word.start, word.end) for word in words]
                entries.extend(in_arguments(text, scope, spans))
            stack.extend((child, scope, key, 0) for child in reversed(children))
    entries.sort(key=lambda entry: entry.start)
    return Reading(entries, comments)


def _entry(text: Text, node: "Node", scope: Scope, key: str, at: int) -> Entry:
    start, end = text.start + node.start_byte, text.start + node.end_byte
    written = text.shown(start, end)
    quotes = next((quote for quote in _QUOTES if written.startswith(quote)), "")
    value = written[len(quotes) : max(len(written) - len(quotes), len(quotes))]
    if quotes.startswith('"') and "\\" in value:
        value = _unescaped(written, value)
    return Entry(scope, key, value, start + len(quotes), max(end - len(quotes), start), at or start)


def _unescaped(written: str, value: str) -> str:
    try:
        return str(tomllib.loads(f"v={written}")["v"])
    except (ValueError, RecursionError):
        return value


def _names(text: Text, key: "Node") -> list[str]:
    parts: list[Node] = [key]
    # `a.b.c` is (a.b).c in the tree.
    while parts[0].type == "dotted_key":
        parts[:1] = parts[0].named_children
    return [
        text.shown(text.start + part.start_byte, text.start + part.end_byte).strip("\"'")
        for part in parts
    ]
