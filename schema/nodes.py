"""YAML text to nodes with positions: YAML 1.2, safe, and with its own words for what is wrong.

Scalars stay text until the field that takes them says what they are, so `no`, `1e3` and `0123` are
what was written wherever a string is wanted. libyaml parses; tags, merge keys, recursive and
exploding aliases are refused.
"""

import re
from pathlib import Path
from typing import Any, Final

import yaml

from .errors import DefinitionError, Position, SchemaError
from .files import read_text
from .values import Plain

Node = yaml.nodes.Node
MAX_EXPANDED: Final = 200_000
MAX_DEPTH: Final = 64
# Characters of a number; what is longer stays text. An exponent of two digits is never infinite.
MAX_NUMBER: Final = 40
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_BRACKET: Final = re.compile(r"[^\[\]{}]+")


class _Loader(_Parser):  # type: ignore[misc]
    """Composes nodes only; a scalar's implicit tag is left empty."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        return ""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Paths mean nothing here: the resolver does not follow them."""

    def ascend_resolver(self) -> None:
        """See `descend_resolver`."""


def compose(text: str, path: str) -> list[Node]:
    """The documents of a YAML file as nodes.

    Raises:
        SchemaError: not YAML, a tag, a bomb; with its position.
    """
    _refuse_deep_nesting(text, path)
    loader = _Loader(text)
    try:
        documents = []
        while loader.check_node():
            documents.append(loader.get_node())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Position(path, mark.line + 1, mark.column + 1) if mark else Position(path, 1, 1)
        raise SchemaError(f"not YAML: {error.problem}", _remedy(error), at) from None
    except yaml.YAMLError as error:
        raise SchemaError(f"not YAML: {error}", "", Position(path, 1, 1)) from None
    finally:
        loader.dispose()
    if "&" in text or "!" in text:
        for document in documents:
            _refuse_bombs_and_tags(document, path)
    return documents


def single(path: Path, name: str, root: Path) -> Node:
    """The one document of a file of a project, whose folder is `root`."""
    documents = compose(read_text(path, name, root), name)
    if len(documents) != 1:
        raise SchemaError(
            "one YAML document is wanted here", "write key: value", Position(name, 1, 1)
        )
    return documents[0]


def position(node: Node, path: str) -> Position:
    mark = node.start_mark
    return Position(path, mark.line + 1, mark.column + 1)


def plain(node: Node) -> Plain:
    """A node as plain values, scalars by the YAML 1.2 core schema."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    return plain_scalar(node)


def plain_scalar(node: Node) -> str | int | float | bool | None:
    """A scalar by the YAML 1.2 core schema; quoted and block scalars are strings."""
    text: str = node.value
    if getattr(node, "style", None):
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text[0] in "tT"
    if len(text) > MAX_NUMBER:
        return text
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text


_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?\Z")


def _remedy(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "tab" in problem or "cannot start any token" in problem:
        return "indent with spaces, and quote text that starts with a special character"
    if "mapping values" in problem:
        return "quote text that holds ': '"
    return "check indentation, quotes and brackets"


def _refuse_deep_nesting(text: str, path: str) -> None:
    """libyaml recurses: nesting beyond reason is refused before it parses."""
    depth = 0
    for match in re.finditer(r"[\[\]{}]", text) if _may_be_deep(text) else ():
        depth += 1 if match[0] in "[{" else -1
        depth = max(depth, 0)
        if depth > MAX_DEPTH:
            _refuse_deep_brackets(text, path)
            break
    for match in re.finditer(r"^[ \t]*(?:[-?:][ \t]+){64}|^ {2000}", text, re.MULTILINE):
        line = text.count("\n", 0, match.start()) + 1
        raise SchemaError(
            "nested too deeply", f"use at most {MAX_DEPTH} levels", Position(path, line, 1)
        )


def _refuse_deep_brackets(text: str, path: str) -> None:
    """Count the brackets that are none of a text or a comment. The scanner does not recurse."""
    depth = 0
    opening = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
    closing = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            depth += isinstance(token, opening) - isinstance(token, closing)
            if depth > MAX_DEPTH:
                raise SchemaError(
                    "nested too deeply",
                    f"use at most {MAX_DEPTH} levels",
                    Position(path, token.start_mark.line + 1, 1),
                )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # libyaml may see more in it than this scanner: nothing of it is parsed.
        raise SchemaError(
            getattr(error, "problem", None) or "not YAML",
            "check quotes and brackets",
            Position(path, mark.line + 1 if mark else 1, 1),
        ) from None


def _may_be_deep(text: str) -> bool:
    """A quick look at the brackets alone: pairs are taken away from the inside out."""
    brackets = _NO_BRACKET.sub("", text)
    for depth in range(MAX_DEPTH):
        less = brackets.replace("{}", "").replace("[]", "")
        if len(less) == len(brackets):
            return len(brackets) + depth > MAX_DEPTH
        brackets = less
    return True


def _refuse_bombs_and_tags(root: Node, path: str) -> None:
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    errors: list[SchemaError] = []

    def size(node: Node) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in open_nodes:
            raise SchemaError(
                "an alias refers to itself", "write the value out", position(node, path)
            )
        if node.tag:
            errors.append(
                SchemaError(
                    f"the tag {node.tag} is not allowed",
                    "definitions are plain values; quote text that starts with !",
                    position(node, path),
                )
            )
        open_nodes.add(id(node))
        total = 1
        if isinstance(node, yaml.MappingNode):
            total += sum(size(key) + size(value) for key, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            total += sum(size(item) for item in node.value)
        open_nodes.discard(id(node))
        if total > MAX_EXPANDED:
            raise SchemaError(
                f"aliases expand to more than {MAX_EXPANDED} values",
                "write the values out",
                position(node, path),
            )
        sizes[id(node)] = total
        return total

    size(root)
    if errors:
        raise DefinitionError(errors)
