"""HCL: Terraform's variables, values of variables and resources."""

import json
from typing import TYPE_CHECKING

from .arguments import in_arguments, takes_arguments
from .grammar import root
from .model import Entry, Reading, Scope, Text

if TYPE_CHECKING:
    from tree_sitter import Node

# Functions whose result is what they are given, in another form.
_PASSING = frozenset({"sensitive", "nonsensitive", "base64encode", "tostring", "trimspace"})
_TEXTS = ("string_lit", "quoted_template", "heredoc_template")


def read(text: Text) -> Reading:
    """Read HCL."""
    reader = _Reader(text)
    reader.read()
    entries = reader.entries
    entries.sort(key=lambda entry: entry.start)
    return Reading(entries, reader.comments)


class _Reader:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.entries: list[Entry] = []
        self.comments: list[tuple[int, int]] = []
        self.stack: list[tuple[Node, Scope, str, int]] = []

    def read(self) -> None:
        shadow = self.text.shadow[self.text.start : self.text.end]
        self.stack.append((root("hcl", shadow), Scope(), "", 0))
        while self.stack:
            node, scope, key, at = self.stack.pop()
            if node.type in _TEXTS:
                self._take(node, scope, key, at)
            elif node.type == "comment":
                self.comments.append(self._span(node))
            else:
                self.stack.extend(reversed(self._inside(node, scope, key, at)))

    def _inside(
        self, node: "Node", scope: Scope, key: str, at: int
    ) -> "list[tuple[Node, Scope, str, int]]":
        children = node.named_children
        if node.type == "block":
            labels = [child for child in children if child.type in ("identifier", "string_lit")]
            name = self._shown(labels[-1]).strip('"') if labels else ""
            inner = Scope(name, scope)
            return [(child, inner, "", 0) for child in children if child not in labels]
        if node.type == "attribute" and len(children) > 1:
            at = self._span(children[0])[0]
            return [(child, scope, self._shown(children[0]), at) for child in children[1:]]
        if node.type == "object_elem":
            of, value = node.child_by_field_name("key"), node.child_by_field_name("val")
            if of is not None and value is not None:
                return [(value, scope, self._shown(of).strip('"'), self._span(of)[0])]
        if node.type == "object":
            inner = Scope(key, scope)
            return [(child, inner, "", 0) for child in children]
        if node.type == "function_call" and children:
            # What a function is given says nothing of the key, unless it goes through.
            key = key if self._shown(children[0]) in _PASSING else ""
        if node.type == "tuple" and takes_arguments(key):
            self.entries.extend(in_arguments(self.text, scope, self._words(node)))
        if node.type in ("conditional", "binary_operation", "operation"):
            key = key if node.type == "conditional" else ""
        # Expressions are wrapped several times; of a list no part is the value itself.
        at = at if len(children) == 1 and node.type != "tuple" else 0
        return [(child, scope, key, at) for child in children]

    def _words(self, node: "Node") -> list[tuple[int, int]]:
        spans = map(self._span, node.named_children)
        return [(start + 1, end - 1) for start, end in spans]

    def _take(self, node: "Node", scope: Scope, key: str, at: int) -> None:
        start, end = self._span(node)
        if node.type == "heredoc_template":
            first = self.text.shadow.find(b"\n", start, end)
            last = self.text.shadow.rfind(b"\n", start, end)
            start, end = (first + 1, max(last, first + 1)) if first >= 0 else (start, end)
        else:
            start, end = start + 1, end - 1
        value = self.text.shown(start, end)
        if "\\" in value and node.type == "string_lit":
            value = _unescaped(value)
        if key and at:
            scope.values.setdefault(key, value)
        self.entries.append(Entry(scope, key, value, start, end, at or start))

    def _span(self, node: "Node") -> tuple[int, int]:
        return self.text.start + node.start_byte, self.text.start + node.end_byte

    def _shown(self, node: "Node") -> str:
        return self.text.shown(*self._span(node))


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value
