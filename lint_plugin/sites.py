"""Where a flagged literal stands in the tree, and whether a call may stand there instead.

`hushflake codemod --only hardcoded_secrets` puts a read of the configuration in the place of a
literal; `check` says which findings it can do that for. Both ask here.
"""

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from os.path import splitext
from typing import TYPE_CHECKING, NamedTuple

from .analysis import Source
from .bindings import sum_of
from .node_names import name_of
from .statements import on_line

if TYPE_CHECKING:
    from .module import Module

# Reason code -> why no call can stand in the place of a literal.
REASONS = {
    "commented-code": "is in a comment: remove the comment",
    "docstring": "is in a docstring, or in text that is bound to nothing",
    "pattern": "is a pattern of `match`, which takes no call",
    "annotation": "is in an annotation, which takes no call",
    "stub": "is in a stub file, which is never run",
    "literal-only": "is given to a decorator that reads the source and needs a literal",
    "format-text": "is in a text with placeholders for % or format()",
    "f-string": "is in an f-string that cannot be split",
    "pieces": "is put together from several literals",
}
# The transform that moves them.
HARDCODED_SECRETS = "hardcoded_secrets"
# What the codemod rewrites; scripts have no suffix.
_REWRITTEN = ("", ".py", ".pyw", ".ipynb")
# Codes of the rules whose literals can be moved.
MOVED = frozenset({"HSF301", "HSF302", "HSF303", "HSF304", "HSF305", "HSF306"})
# Decorators of numba: they compile the source of what they decorate.
_COMPILERS = {
    "jit",
    "njit",
    "vectorize",
    "guvectorize",
    "cfunc",
    "stencil",
    "overload",
    "generated_jit",
}
_FORMATS = {"format", "format_map"}
# Lists of nodes with positions, in the order of the text; none of them is missing.
_ORDERED = frozenset({"elts", "values", "args", "comparators", "targets"})
_TEMPLATES: tuple[type[ast.AST], ...] = tuple(
    getattr(ast, name) for name in ("TemplateStr",) if hasattr(ast, name)
)


class Site(NamedTuple):
    """The expression that holds a flagged text.

    Attributes:
        node: A string or bytes literal, a sum of literals, or an f-string.
        around: What it stands in, outermost first; the last one holds `node` itself.
    """

    node: ast.expr
    around: Sequence[ast.AST]


def site(source: Source, start: int, end: int) -> Site | str:
    """Return where the bytes `start` to `end` of a source stand, or why nothing else can.

    Args:
        source: A parsed source.
        start: Offset of what a rule flagged.
        end: Its end.

    Returns:
        The site, or a code of `REASONS`.
    """
    path = _path(source, start, end)
    node = next((each for each in reversed(path) if _is_literal(each)), None)
    if node is None or not isinstance(node, ast.expr):
        return "commented-code" if _is_in_comment(source, start, path) else "pieces"
    around = path[: path.index(node)]
    return _reason(node, around) or Site(node, around)


def can_move(module: "Module", start: int, end: int) -> bool:
    """Say whether the transform changes what a rule flags, as far as the place alone tells.

    Args:
        module: The module.
        start: Offset of what a rule flagged.
        end: Its end.
    """
    parsed, policy = module.parsed, module.policy
    if not isinstance(parsed, Source) or splitext(module.path)[1] not in _REWRITTEN:
        return False
    if not module.is_test and (
        not policy.settings.require_function
        or policy.is_accessor(module.relative)
        or policy.is_bootstrap(module.relative)
    ):
        return False
    return isinstance(site(parsed, start, end), Site)


def _path(source: Source, start: int, end: int) -> list[ast.AST]:
    """Return the nodes that span two offsets, outermost first, down to a literal."""
    path: list[ast.AST] = [source.tree]
    while True:
        below = _below(source, path[-1], start, end)
        if not below:
            return path
        path += below
        if isinstance(path[-1], (ast.JoinedStr, ast.Constant, *_TEMPLATES)):
            return path
        if isinstance(path[-1], ast.BinOp) and sum_of(path[-1]) is not None:
            return path


def _below(source: Source, node: ast.AST, start: int, end: int) -> list[ast.AST]:
    """Return the child that spans two offsets, below those without a position of their own."""
    for child in _children(source, node, start):
        if getattr(child, "lineno", None) is None:
            found = _below(source, child, start, end)
            if found:
                return [child, *found]
            continue
        first, last = source.range(child)
        if first <= start and end <= last:
            return [child]
        for decorator in getattr(child, "decorator_list", ()):
            first, last = source.range(decorator)
            if first <= start and end <= last:
                return [child, decorator]
    return []


def _children(source: Source, node: ast.AST, start: int) -> Iterator[ast.AST]:
    """Yield the nodes below one; of a block or a list only those that may be around a place."""
    if isinstance(node, ast.Dict):
        # No value is missing, as the key of `**rest` is, and each stands behind its key.
        at = bisect_right(node.values, start, key=lambda value: source.range(value)[1])
        yield from (each for each in (*node.keys[at : at + 1], *node.values[at : at + 1]) if each)
        return
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield from on_line(value, source.line_of(start))
        elif name in _ORDERED:
            at = bisect_right(value, start, key=lambda item: source.range(item)[1])
            yield from value[at : at + 1]
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST))


def _is_literal(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str() | bytes()) | ast.JoinedStr():
            return True
        case ast.BinOp():
            return sum_of(node) is not None
    return isinstance(node, _TEMPLATES)


def _is_in_comment(source: Source, start: int, path: Sequence[ast.AST]) -> bool:
    line = source.line_of(start)
    before = source.utf8[source.line_starts[line - 1] : start]
    return b"#" in before and not isinstance(path[-1], ast.Constant)


def _reason(node: ast.expr, around: Sequence[ast.AST]) -> str:
    above = around[-1]
    if isinstance(above, ast.Expr):
        return "docstring"
    if isinstance(node, _TEMPLATES):
        return "f-string"
    if any(isinstance(each, ast.pattern) for each in around):
        return "pattern"
    if any(_annotates(outer, inner) for outer, inner in pairwise([*around, node])):
        return "annotation"
    if any(_is_compiled(outer, inner) for outer, inner in pairwise([*around, node])):
        return "literal-only"
    if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Mod) and above.left is node:
        return "format-text"
    if isinstance(above, ast.Attribute) and above.attr in _FORMATS:
        return "format-text"
    return ""


def _annotates(outer: ast.AST, inner: ast.AST) -> bool:
    match outer:
        case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=annotation):
            return annotation is inner
        case ast.FunctionDef(returns=returns) | ast.AsyncFunctionDef(returns=returns):
            return returns is inner
        case ast.Subscript(value=value):
            return value is not inner and name_of(value) in ("Literal", "Annotated")
    return type(outer).__name__ in ("TypeAlias", "TypeVar")


def _is_compiled(outer: ast.AST, inner: ast.AST) -> bool:
    if inner not in getattr(outer, "decorator_list", ()):
        return False
    function = inner.func if isinstance(inner, ast.Call) else inner
    return name_of(function) in _COMPILERS
