"""YAML as nodes with lines: nothing is constructed, no tag is called, no alias is multiplied."""

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .base import UnreadableError

# The reader in Python, where there is no other, is ten times slower. Characters.
_LARGEST_WITHOUT_C = 100_000


def documents(text: str) -> list[Node]:
    """Return the root node of each document.

    Raises:
        UnreadableError: It is not YAML; templates for other tools often are not.
    """
    loader: Any = getattr(yaml, "CSafeLoader", None)
    if loader is None:
        if len(text) > _LARGEST_WITHOUT_C:
            raise UnreadableError("is too large to be read as YAML without libyaml: not looked at")
        loader = yaml.SafeLoader
    try:
        # Far deeper nesting than a person writes ends the parser's own recursion.
        return [node for node in yaml.compose_all(text, Loader=loader) if node]
    except (yaml.YAMLError, RecursionError, ValueError):
        raise UnreadableError("is not YAML") from None


def entries(node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
    """Yield the (key, value) pairs of a mapping whose keys are scalars; of others none."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield key, value


def get(node: Node | None, *path: str) -> Node | None:
    """Return what stands below a path of keys, or None."""
    for name in path:
        node = next((value for key, value in entries(node) if key.value == name), None)
    return node


def items(node: Node | None) -> list[Node]:
    """Return the items of a sequence; of others none."""
    return list(node.value) if isinstance(node, SequenceNode) else []


def text_of(node: Node | None) -> str:
    """Return the text of a scalar, or ""."""
    return str(node.value) if isinstance(node, ScalarNode) else ""


def line_of(node: Node) -> int:
    """Return the line a node starts in, from 1."""
    return int(node.start_mark.line) + 1


def every(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, each once, however often an alias names it."""
    seen: set[int] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, MappingNode):
            stack.extend(part for pair in reversed(current.value) for part in reversed(pair))
        elif isinstance(current, SequenceNode):
            stack.extend(reversed(current.value))
