"""Which form of `hushflake.config` takes the place of one override in a test, or why none does."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Index, Place
from hushflake.lint_plugin.analysis.overriding import Override, literal

SET, REMOVE, BLOCK = "set_config_override", "remove_config_override", "config_overrides"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SET_UP = {"setUp": "tearDown", "asyncSetUp": "asyncTearDown", "setup_method": "teardown_method"}
# Calls whose result is a string.
_TEXTS = frozenset({"str", "repr", "format", "fspath", "dumps", "join", "strip", "lower", "upper"})
_METHODS = frozenset({"setenv", "delenv", "setitem", "delitem"})


class Form(NamedTuple):
    """What takes the place of an override.

    Attributes:
        node: What is replaced: a call, or a whole statement.
        function: The function of `hushflake.config`.
        items: Its keys and values; None for one that is taken away.
        as_text: Whether the value is made a string, which it may not be.
    """

    node: ast.AST
    function: str
    items: Sequence[tuple[ast.expr, ast.expr | None]]
    as_text: bool = False


def form_of(index: Index, override: Override, every: Sequence[Override]) -> Form | str:
    """Return what takes the place of an override, or the reason code for why nothing does.

    Args:
        index: Of the source.
        override: The override.
        every: All those of the source.
    """
    if override.is_whole:
        return "override-whole"
    place = index.place(override.node) or _visited(index, override.node)
    is_listed = override.items and all(literal(key) is not None for key, _ in override.items)
    if place is None or not override.is_plain or not is_listed:
        return "override-values"
    if override.form in _METHODS:
        return _monkeypatched(override, place)
    if override.form == "patch.dict":
        return _patched(override, place)
    if override.form in ("store", "delete", "pop"):
        return _changed(index, override, place, every)
    return "override-shape"


def _visited(index: Index, node: ast.AST) -> Place | None:
    """Return the place of a call of which no name was asked for yet."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            index.record([inner.id])
    return index.place(node)


def _monkeypatched(override: Override, place: Place) -> Form | str:
    call = override.node
    receiver = call.func.value if isinstance(call, ast.Call) else None  # type: ignore[attr-defined]
    function = around(place, _FUNCTIONS)
    is_fixture = isinstance(receiver, ast.Name) and receiver.id == "monkeypatch"
    if not is_fixture or function is None or "monkeypatch" not in parameters(function):
        return "override-shape"
    if not is_statement(place) or _calls_on(function, "monkeypatch", ("undo", "context")):
        return "override-shape"
    value = override.items[0][1]
    # monkeypatch makes a string of what is none, with a warning.
    as_text = override.form == "setenv" and value is not None and not _is_text(value)
    return Form(call, SET, override.items, as_text)


def _patched(override: Override, place: Place) -> Form | str:
    above = place.parent.node if place.parent else None
    if isinstance(above, ast.withitem):
        statement = place.statement().node
        # What the block is given, and what `async with` waits for, an override has not.
        is_plain = above.optional_vars is None and isinstance(statement, ast.With)
        return Form(override.node, BLOCK, override.items) if is_plain else "override-shape"
    if isinstance(above, ast.FunctionDef) and override.node in above.decorator_list:
        return Form(override.node, BLOCK, override.items) if _returns(above) else "override-shape"
    return "override-shape"


def _changed(
    index: Index, override: Override, place: Place, every: Sequence[Override]
) -> Form | str:
    """Return the form of a plain store or deletion, which something must pair with."""
    statement = place.statement()
    form = _statement_form(override, statement.node)
    if form is None:
        return "override-shape"
    function = around(place, _FUNCTIONS)
    if function is None:
        inside = around(place, (ast.ClassDef, ast.Lambda)) is not None
        is_kept = override.form == "store" and not inside
        return form if is_kept else "override-leaks"
    scopes = [function, *_tear_downs(place, function)]
    keys = literal(override.items[0][0])
    pair = [
        other
        for other in every
        if other.form in ("store", "delete", "pop")
        and other.key == keys
        and any(_holds(scope, other.node) for scope in scopes)
    ]
    if _is_wide(function):
        return "override-shape"
    stores = [other for other in pair if other.form == "store"]
    last = max(pair, key=lambda other: _order(index, scopes, other), default=None)
    if not stores or last is None or last.form == "store":
        return "override-leaks"
    every_is_plain = all(
        _statement_form(other, found.statement().node) is not None
        for other in pair
        if (found := index.place(other.node)) is not None
    )
    return form if every_is_plain else "override-shape"


def _order(index: Index, scopes: Sequence[ast.AST], other: Override) -> tuple[int, int]:
    """Return when a change happens: those of a tear-down come last."""
    position = next(i for i, scope in enumerate(scopes) if _holds(scope, other.node))
    is_end = getattr(scopes[position], "name", "") in _SET_UP.values()
    return int(is_end), index.source.range(other.node)[0]


def _statement_form(override: Override, statement: ast.AST) -> Form | None:
    node = override.node
    match statement:
        case ast.Assign(targets=[target]) if target is node:
            return Form(statement, SET, override.items)
        case ast.Delete(targets=[target]) if target is node:
            return Form(statement, REMOVE, [(override.items[0][0], None)])
        case ast.Expr(value=value) if value is node and override.form == "pop":
            return Form(statement, REMOVE, [(override.items[0][0], None)])
    return None


def _tear_downs(place: Place, function: ast.AST) -> Iterator[ast.AST]:
    """Yield the other half of the pair that a `setUp` or `tearDown` is of."""
    owner = around(place, (ast.ClassDef,))
    name = getattr(function, "name", "")
    pairs = {**_SET_UP, **{down: up for up, down in _SET_UP.items()}}
    for method in owner.body if isinstance(owner, ast.ClassDef) and name in pairs else ():
        if isinstance(method, _FUNCTIONS) and method.name == pairs[name]:
            yield method


def _is_wide(function: ast.AST) -> bool:
    """Say whether a function runs for more than one test: a fixture with a scope, `setUpClass`."""
    name = getattr(function, "name", "").lower()
    if name in ("setupclass", "teardownclass", "setup_class", "teardown_class", "setupmodule",
                "teardownmodule", "setup_module", "teardown_module", "setup_module"):  # fmt: skip
        return True
    for decorator in getattr(function, "decorator_list", ()):
        for word in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if word.arg == "scope" and literal(word.value) != "function":
                return True
    return False


def around(place: Place, kinds: tuple[type[ast.AST], ...]) -> ast.AST | None:
    """Return the innermost node of some kinds that a place stands in."""
    above = place.parent
    while above is not None:
        if isinstance(above.node, kinds):
            return above.node
        above = above.parent
    return None


def parameters(function: ast.AST) -> list[str]:
    """Return the names of the parameters of a function."""
    arguments: ast.arguments = function.args  # type: ignore[attr-defined]
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def is_statement(place: Place) -> bool:
    """Say whether a call stands for itself."""
    above = place.parent.node if place.parent else None
    return isinstance(above, ast.Expr)


def _returns(function: ast.FunctionDef) -> bool:
    """Say whether a function is done when it returns: it is no generator."""
    return not any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _calls_on(function: ast.AST, name: str, methods: Sequence[str]) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in methods
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in ast.walk(function)
    )


def _holds(scope: ast.AST, node: ast.AST) -> bool:
    return any(inner is node for inner in ast.walk(scope))


def _is_text(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod()):
            return _is_text(left)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in _TEXTS
    return False
