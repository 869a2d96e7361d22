"""What the template of a project may hold: a template spells what was decided, it computes nothing.

The sandbox of Jinja keeps a template from Python, and bounds neither time nor memory: a product of
a string and a number, a format with a width, loops within loops. So a project's template is
checked before it is compiled, and counted where it can still go on for long: loops, includes,
filters and output (`budget.py`).
"""

from collections.abc import Iterator
from typing import Any, Final, cast

from jinja2 import nodes

MAX_BYTES: Final = 32 * 1024
# Filters by name; each goes through `budget.py` under this prefix.
FILTERS: Final = ("literal", "join", "upper", "lower", "trim", "length", "default")
PREFIX: Final = "counted "
LANGUAGE: Final = (
    "write if, for, with, set, include, comparisons, ~, lists of constants, and the filters "
    + ", ".join(FILTERS)
)
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.Not, nodes.And,
    nodes.Or, nodes.If, nodes.For, nodes.Include, nodes.With, nodes.Assign, nodes.CondExpr,
    nodes.Concat, nodes.Tuple, nodes.List,
)  # fmt: skip


class ForbiddenError(Exception):
    """What a project's template holds and must not, and in which line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.path = ""


def check(template: nodes.Template) -> None:
    """Refuse what is no part of the language.

    Raises:
        ForbiddenError: With its line.
    """
    for node in _walk(template):
        if not isinstance(node, _ALLOWED):
            what = getattr(node, "operator", None) or type(node).__name__.lower()
            raise ForbiddenError(f"a project's template holds no {what}; {LANGUAGE}", node.lineno)
        if isinstance(node, nodes.For) and node.recursive:
            raise ForbiddenError("a loop of a project's template is not recursive", node.lineno)
        if isinstance(node, nodes.Filter) and (node.name not in FILTERS or node.node is None):
            raise ForbiddenError(
                f"a project's template has no filter {node.name!r}; {LANGUAGE}", node.lineno
            )
        if isinstance(node, nodes.List | nodes.Tuple) and not _is_plain(node):
            raise ForbiddenError("a list in a template holds constants only", node.lineno)


def count_loops(template: nodes.Template) -> nodes.Template:
    """The template with each round of its loops counted."""
    for node in list(_walk(template)):
        if isinstance(node, nodes.For):
            node.iter = _filter(node.iter, "loop")
    return template


def count_texts(template: nodes.Template) -> nodes.Template:
    """The template with its filters, and the texts that it joins by ~, counted."""
    for node in _walk(template):
        if isinstance(node, nodes.Filter) and not node.name.startswith(PREFIX):
            node.name = PREFIX + node.name
        for name, value in node.iter_fields():
            setattr(node, name, _joined(value))
    return template


def _joined(value: Any) -> Any:
    if isinstance(value, list):
        return [_joined(item) for item in value]
    if isinstance(value, nodes.Concat):
        return _filter(nodes.List(value.nodes, lineno=value.lineno), "join")
    return value


def _filter(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(
        cast("nodes.Expr", node), PREFIX + name, [], [], None, None, lineno=node.lineno
    )


def _is_plain(node: nodes.List | nodes.Tuple) -> bool:
    return all(
        isinstance(item, nodes.Const) or (isinstance(item, nodes.Name) and item.ctx == "store")
        for item in node.items
    )


def _walk(root: nodes.Node) -> Iterator[nodes.Node]:
    """Every node; without recursion, for a template may be nested deeper than Python calls."""
    left = [root]
    while left:
        node = left.pop()
        yield node
        left += node.iter_child_nodes()
