"""The rewriting itself, by LibCST, on the smallest piece of source that holds what changes.

Parsing whole files with LibCST costs seconds where parsing these pieces costs milliseconds; all
of a file outside them stays byte for byte.
"""

import re
from collections.abc import Callable, Collection

import libcst as cst

from .reshape_error import Name, ReshapeError

_LINE_END = re.compile(r"\r\n|\r|\n")


def _printed(node: cst.CSTNode, text: str) -> str:
    """Return the source of a node that was read from `text`.

    LibCST remembers the line ends that differ from the first one alone, and writes that one for
    all others.
    """
    first = _LINE_END.search(text)
    printer = cst.Module(body=[], default_newline=first[0] if first else "\n")
    return printer.code_for_node(node)


def expression(text: str, change: Callable[[cst.BaseExpression], cst.BaseExpression]) -> str:
    """Return the source of an expression after `change`.

    Raises:
        ReshapeError: LibCST cannot read `text`, or a comment would be lost.
    """
    try:
        # In parentheses, as the expression may span lines by virtue of brackets around it.
        node = cst.parse_expression(f"({text})")
    except cst.ParserSyntaxError:
        raise ReshapeError("libcst") from None
    inner = node.with_changes(lpar=list(node.lpar)[1:], rpar=list(node.rpar)[:-1])
    result = _printed(change(inner), text)
    if result.count("#") < text.count("#"):
        raise ReshapeError("comment")
    return result


def as_call(
    function: str, *, key: str | None = None, drop_default: bool = False
) -> Callable[[cst.BaseExpression], cst.BaseExpression]:
    """Return a change of any reading expression into a call of `function`.

    `os.getenv(key, default)` and `os.environ.get(…)` keep their arguments, `os.environ[key]` and
    `key in os.environ` give theirs up; `not in` becomes `not function(…)`.

    Args:
        function: Name of the accessor.
        key: The new key, if it changes.
        drop_default: Keep the key alone.
    """
    name = cst.Name(function)

    def change(node: cst.BaseExpression) -> cst.BaseExpression:
        call = reshaped(node)
        return call if key is None else _with_key(call, key)

    def reshaped(node: cst.BaseExpression) -> cst.BaseExpression:
        if isinstance(node, cst.Call):
            kept = _key_only(node.args) if drop_default else node.args
            return node.with_changes(func=name, args=kept)
        if isinstance(node, cst.Subscript):
            return _from_subscript(node, name)
        if isinstance(node, cst.Comparison):
            return _from_comparison(node, name)
        raise ReshapeError("libcst")

    return change


def _key_only(args: Collection[cst.Arg]) -> list[cst.Arg]:
    kept = [arg for arg in args if arg.keyword is None or arg.keyword.value == "key"][:1]
    return [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in kept]


def _with_key(node: cst.BaseExpression, key: str) -> cst.BaseExpression:
    """Put a new literal in the place of the old key, in quotes of the old kind."""
    if isinstance(node, cst.UnaryOperation):
        return node.with_changes(expression=_with_key(node.expression, key))
    if not isinstance(node, cst.Call):
        raise ReshapeError("libcst")
    position = next(
        (i for i, arg in enumerate(node.args) if arg.keyword and arg.keyword.value == "key"), 0
    )
    old = node.args[position].value
    code = _printed(old, "")
    spelt = repr(key)
    if '"' in code and '"' not in key and spelt.startswith("'"):
        spelt = f'"{spelt[1:-1]}"'
    args = list(node.args)
    args[position] = args[position].with_changes(value=cst.SimpleString(spelt))
    return node.with_changes(args=args)


def _from_subscript(node: cst.Subscript, name: cst.Name) -> cst.BaseExpression:
    index = node.slice[0].slice
    if len(node.slice) != 1 or not isinstance(index, cst.Index):
        raise ReshapeError("libcst")
    argument = cst.Arg(index.value, whitespace_after_arg=node.rbracket.whitespace_before)
    return cst.Call(
        func=name,
        args=[argument],
        whitespace_before_args=node.lbracket.whitespace_after,
        lpar=node.lpar,
        rpar=node.rpar,
    )


def _from_comparison(node: cst.Comparison, name: cst.Name) -> cst.BaseExpression:
    operator = node.comparisons[0].operator
    if len(node.comparisons) != 1 or not isinstance(operator, cst.In | cst.NotIn):
        raise ReshapeError("libcst")
    spaces = (operator.whitespace_before, operator.whitespace_after)
    commented = [space for space in spaces if "#" in _printed(space, "")]
    after = commented[0] if commented else cst.SimpleWhitespace("")
    call = cst.Call(func=name, args=[cst.Arg(node.left, whitespace_after_arg=after)])
    if isinstance(operator, cst.NotIn):
        return cst.UnaryOperation(cst.Not(), call, lpar=node.lpar, rpar=node.rpar)
    return call.with_changes(lpar=node.lpar, rpar=node.rpar)


def without_names(statement: str, gone: Collection[Name]) -> str:
    """Return an import statement without some of its names.

    Args:
        statement: The statement alone, from its first to its last character.
        gone: Pairs of name and alias; at least one name must remain.
    """
    node = _import(statement)
    names = list(node.names) if not isinstance(node.names, cst.ImportStar) else []
    kept = [name for name in names if _spelt(name) not in gone]
    if not kept:
        raise ReshapeError("libcst")
    # The last name keeps what stood after the last one: nothing, or a comma and a line end.
    kept[-1] = kept[-1].with_changes(comma=names[-1].comma)
    return _printed(node.with_changes(names=kept), statement)


def with_names(statement: str, added: Collection[Name]) -> str:
    """Return a from-import with more names, in their sorted places if it was sorted."""
    node = _import(statement)
    if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
        raise ReshapeError("libcst")
    names = list(node.names)
    for name, alias in added:
        new = cst.ImportAlias(cst.Name(name), asname=cst.AsName(cst.Name(alias)) if alias else None)
        keys = [_spelt(old)[0] for old in names]
        place = len(names)
        if keys == sorted(keys):
            place = next((i for i, key in enumerate(keys) if key > name), place)
        names = _inserted(names, place, new)
    return _printed(node.with_changes(names=names), statement)


def _inserted(
    names: list[cst.ImportAlias], place: int, new: cst.ImportAlias
) -> list[cst.ImportAlias]:
    """Put a name in, with a comma such as the names around it have."""
    between = next(
        (name.comma for name in names[:-1] if isinstance(name.comma, cst.Comma)),
        cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")),
    )
    if isinstance(between.whitespace_after, cst.ParenthesizedWhitespace):
        # A comment of the copied place belongs to its name.
        first_line = between.whitespace_after.first_line.with_changes(
            comment=None, whitespace=cst.SimpleWhitespace("")
        )
        between = between.with_changes(
            whitespace_after=between.whitespace_after.with_changes(
                first_line=first_line, empty_lines=[]
            )
        )
    if place < len(names):
        return [*names[:place], new.with_changes(comma=between), *names[place:]]
    last = names[-1].with_changes(comma=between)
    return [*names[:-1], last, new.with_changes(comma=names[-1].comma)]


def _import(statement: str) -> cst.Import | cst.ImportFrom:
    try:
        parsed = cst.parse_statement(statement)
    except cst.ParserSyntaxError:
        raise ReshapeError("libcst") from None
    if isinstance(parsed, cst.SimpleStatementLine) and len(parsed.body) == 1:
        (node,) = parsed.body
        if isinstance(node, cst.Import | cst.ImportFrom):
            return node
    raise ReshapeError("libcst")


def _spelt(name: cst.ImportAlias) -> Name:
    return name.evaluated_name, name.evaluated_alias
